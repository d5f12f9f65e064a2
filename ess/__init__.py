"""The atlas of South-South cooperation: portfolio, analysis, maps, exports, pages and command line."""
