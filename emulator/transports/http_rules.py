"""The endpoints of security rules: put a project's rules in force, and what requests have evaluated of them."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from emulator.core.errors import InvalidArgument, NotFound
from emulator.permissions.rulebook import Rulebook
from emulator.rules.issues import RulesRefused
from emulator.rules.report.page import render_page
from emulator.rules.ruleset import compile_rules
from emulator.transports.http_server import Reply, Request, json_reply

_ENDPOINT = re.compile(r"/emulator/v1/projects/([^/:]+):(securityRules|ruleCoverage|ruleCoverage\.html)")


def administer_rules(rulebook: Rulebook, request: Request) -> Reply | None:
    """The reply to a request about security rules, None if the request is of another kind.

    InvalidArgument for a body that holds no rules, NotFound for the coverage of a project without rules.
    """
    match = _ENDPOINT.fullmatch(unquote(request.path))
    if match is None:
        return None
    project, what = match[1], match[2]
    if what == "securityRules":
        return _put(rulebook, project, request.body) if request.method == "PUT" else None
    if request.method != "GET":
        return None
    ruleset = rulebook.find(project)
    if ruleset is None:
        raise NotFound(f"no security rules are in force in project {project}")
    if what == "ruleCoverage":
        return json_reply(ruleset.coverage.to_json())
    return Reply(body=render_page(ruleset.coverage).encode(), content_type="text/html; charset=utf-8")


def _put(rulebook: Rulebook, project: str, body: bytes) -> Reply:
    source, ignores_errors = _parse(body)
    try:
        ruleset = compile_rules(source)
    except RulesRefused as refusal:
        issues = [issue.to_json() for issue in refusal.issues]
        if ignores_errors:
            return json_reply({"issues": issues})
        error = {"code": 400, "message": str(refusal), "status": "INVALID_ARGUMENT"}
        return json_reply({"error": error, "issues": issues}, HTTPStatus.BAD_REQUEST)
    rulebook.replace(project, ruleset)
    return json_reply({"issues": [issue.to_json() for issue in ruleset.issues]} if ruleset.issues else {})


def _parse(body: bytes) -> tuple[str, bool]:
    """The source, and whether the caller wants errors as issues rather than as a refusal."""
    try:
        content: Any = json.loads(body)
    except ValueError as error:
        raise InvalidArgument(f"the body is not JSON: {error}") from None
    rules = content.get("rules") if isinstance(content, Mapping) else None
    files = rules.get("files") if isinstance(rules, Mapping) else None
    if not isinstance(files, list) or len(files) != 1 or not isinstance(files[0], Mapping):
        raise InvalidArgument('the body must be {"rules": {"files": [{"content": "…"}]}} with one file')
    source = files[0].get("content")
    if not isinstance(source, str):
        raise InvalidArgument("the content of the rules file must be a text")
    return source, content.get("ignore_errors") is True
