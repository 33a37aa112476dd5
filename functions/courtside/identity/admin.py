"""The `admin` callable, on which every domain registers what only admins may do."""

from courtside.edge.commands import Commands

commands = Commands("admin")
