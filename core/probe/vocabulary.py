"""The contract's own words: fields, parameters and what descriptions are made of."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEPT_PARAMS = _words(
    """
    starting_at ending_at bucket_width time_bucket_width limit group_by[] date starting_date ending_date
    include_archived include_default order order_by
    """
)
"""Parameters that name nobody, whatever their value."""

FIELDS = _words(
    """
    account_id account_uuid accepted actor actor_type added added_at agent_id allowed_inference_geos
    amount api_key_id api_key_name archived_at attributed_list_price cache_creation cache_read
    cache_read_input_tokens claude_tag_category claude_tag_user_id commits_by_claude_code context_window
    core_metrics cost cost_type created_at created_by currency customer_type data data_refreshed_at
    data_residency date default_inference_geo deleted deployment_id description details display_color
    display_name distinct_user_count email email_address ending_at environment_id
    ephemeral_1h_input_tokens ephemeral_5m_input_tokens error error_code estimated_cost
    estimated_overage_spend expires_at first_id group has_more id inference_geo input invocation_count
    is_enabled is_remote issuer last_id limits lines_of_code list_amount message model model_breakdown models
    name next_page num_sessions organization_id output output_tokens partial_key_hint period
    period_to_date_spend principal product project_number provider pull_requests_by_claude_code
    rbac_group_id rejected removed request_id requests results role scope server_tool_use
    service_account_id service_tier session_id signed_principal skill_name slack_channel_id source speed
    spend_limit_id starting_at status subject subscription_id subscription_type tags
    terminal_type token_type tokens tool_actions total_tokens type uncached_input_tokens updated_at
    usage user user_id user_profile_id value web_search_requests workspace_geo workspace_id
    workspace_role
    """
)
"""Fields of the contract; below one that is none, field names may be anybody's."""

TOOLS = _words("edit_tool multi_edit_tool write_tool notebook_edit_tool")

DESCRIPTIONS = _words(
    """
    agents batch cache claude code context demand discount execution fast flex geo global haiku hit inference
    input long managed mode no on opus output priority prompt read request requests search server session
    sonnet standard tokens tool us usage web window write writes
    """
)
"""In lower case; the bill's descriptions are made of these and of versions."""

ID_PREFIXES = _words(
    "wrkspc apikey user org svac agent sess sesn session req rbac group splim env dep depl proj skill uprof"
)

TERMS = _words("API Admin Analytics Anthropic Claude Console Enterprise Extra Field GET ID Input RFC UTC")
"""Capitals in the middle of a refusal's sentence that are no names."""
