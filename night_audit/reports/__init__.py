"""The reports of a business day: each is defined once, and page, PDF, XLSX, CSV and JSON come from that definition.

`definition` says what a report is, `catalogue` which there are; the modules named after their subject hold the queries.
`making` asks them, `pack` stores what a closed day said. How a report looks on paper, in a workbook and as text stands
in `paper`, `workbook` and `texts`. Nothing here posts anything.
"""
