"""The console: pages for people, served from this machine alone; nothing is fetched from anywhere else.

One file per room with its router, one folder per room under `templates/`. Pages only read; `create_app` makes
the application, `docs/how-to/add-a-page.md` adds a page.
"""
