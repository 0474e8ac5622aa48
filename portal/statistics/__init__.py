"""Global Spam Statistics: the ISP Spam List, a page for each ISP, the world map, and the trend.

Everybody who is logged in sees the same volumes; botnet activity, the query log and rules are of the reader's own
organization.
"""

from __future__ import annotations

from portal.statistics import isp, isp_list, trend, world_map
from portal.statistics.screen import blueprint

__all__ = ["blueprint", "isp", "isp_list", "trend", "world_map"]
