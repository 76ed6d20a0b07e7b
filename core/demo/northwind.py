"""The demo's company: Northwind Robotics, with two organizations on the Platform and one on claude.ai."""

from __future__ import annotations

from core.demo.company import Organization
from core.demo.northwind_platform import labs_organization, product_organization
from core.demo.northwind_staff import staff_organization

ORGANIZATIONS: dict[str, Organization] = {
    "Robotics products": product_organization(),
    "Research labs": labs_organization(),
    "Staff": staff_organization(),
}
"""Organizations by the cost center the demo names them after."""
