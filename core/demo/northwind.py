"""The demo's company: Northwind Robotics, with two organizations on the Platform and two on claude.ai.

One of each is served Anthropic's newest reports.
"""

from __future__ import annotations

from core.demo.company import Organization
from core.demo.northwind_field import field_organization
from core.demo.northwind_platform import labs_organization, product_organization
from core.demo.northwind_staff import staff_organization

ORGANIZATIONS: dict[str, Organization] = {
    "Robotics products": product_organization(),
    "Research labs": labs_organization(),
    "Staff": staff_organization(),
    "Field service": field_organization(),
}
"""Organizations by the cost center the demo names them after."""
