"""A simulated Anthropic: the demo's server, and the ground truth of the tests.

    company     who exists: organizations, workspaces, keys, people, and the loads they put on the API
    northwind   the demo's company
    behaviour   how Anthropic behaves where that differs or is not known, for tests to switch
    rates       what a token costs
    activity    what happened on a day
    bills       what a use costs, line by line
    reports     activity, grouped as the reports group it
    facets      what a use is of, in the terms of the newest reports
    oddities    what answers look like where servers differ
    queries     parameters and cursors, checked as the API checks them
    spans       the time a question is about
    directory   the lists of workspaces, keys and people
    buckets     pages of reports in time buckets
    *_reports   the reports of the Platform and of claude.ai, and the newest of both, page by page
    newest_*    questions to these, and the days they know of
    remembered  answers that are cut into pages
    service     routing and authentication
    truth       exact totals, reckoned without any of the reports
    transport   the service behind an httpx client

It is strict: what Anthropic refuses is refused here, such as a sixth dimension, today's cost and a parameter
that does not exist.

Nothing here reads the store, and nothing depends on the present but what the injected clock says.
"""
