"""Checks of services, match blocks and functions: duplicates, recursion, paths, and the limits of the service.

Limits: https://firebase.google.com/docs/firestore/quotas#security_rules.
"""

from collections.abc import Iterator

from emulator.rules.issues import IssueLog, Span
from emulator.rules.parsing.nodes import (
    Call,
    Capture,
    Declaration,
    Expression,
    Function,
    Match,
    Service,
    Source,
    children,
)
from emulator.rules.scopes import (
    ACCESS_FUNCTIONS,
    Scope,
    file_scope,
    match_scope,
    service_scope,
)

SERVICE = "cloud.firestore"
MAX_SOURCE_BYTES = 256 * 1024
MAX_MATCH_DEPTH = 10
MAX_PATH_SEGMENTS = 100
MAX_CAPTURES = 20
MAX_PARAMETERS = 7
MAX_LETS = 10
_RESERVED = ACCESS_FUNCTIONS | {"debug"}


def check_structure(source: Source, text: str, log: IssueLog) -> None:
    """Log what is wrong with the statements of a source."""
    if len(text.encode()) > MAX_SOURCE_BYTES:
        log.error(f"The source is larger than {MAX_SOURCE_BYTES // 1024} KiB.", Span(0, 0))
    if not source.services and not log.has_errors:
        log.error(f"Missing 'service {SERVICE}'.", Span(0, 0))
    if source.version == "1":
        log.warning("Ruleset uses old version (version [1]). Please use version [2].", Span(0, 0))
    scope = file_scope(source.functions)
    _check_functions(source.functions, scope, log)
    for service in source.services:
        _check_service(service, scope, source.version, log)


def _check_service(service: Service, outer: Scope, version: str, log: IssueLog) -> None:
    if service.name != SERVICE:
        log.error(f"Unknown service '{service.name}'. Expected '{SERVICE}'.", service.span)
    scope = service_scope(outer, service.functions)
    _check_functions(service.functions, scope, log)
    for match in service.matches:
        _check_match(match, scope, (match,), version, log)


def _check_match(match: Match, outer: Scope, chain: tuple[Match, ...], version: str, log: IssueLog) -> None:
    if len(chain) == MAX_MATCH_DEPTH + 1:
        log.error(f"Match blocks are nested more than {MAX_MATCH_DEPTH} deep.", match.span)
    path = [part for block in chain for part in block.path]
    if len(path) > MAX_PATH_SEGMENTS:
        log.error(f"The path has more than {MAX_PATH_SEGMENTS} segments.", match.span)
    _check_captures(match, path, version, log)
    scope = match_scope(outer, match)
    _check_functions(match.functions, scope, log)
    for inner in match.matches:
        _check_match(inner, scope, (*chain, inner), version, log)


def _check_captures(match: Match, path: list[str | Capture], version: str, log: IssueLog) -> None:
    captures = [part for part in path if isinstance(part, Capture)]
    if len(captures) > MAX_CAPTURES:
        log.error(f"The path captures more than {MAX_CAPTURES} segments.", match.span)
    own = [part for part in match.path if isinstance(part, Capture)]
    for position, capture in enumerate(own):
        if any(capture.name == earlier.name for earlier in own[:position]):
            log.warning(f"'{capture.name}' is captured twice in this path.", capture.span)
    for capture in own:
        if capture.is_glob and version == "1":
            if capture is not match.path[-1]:
                log.error("A recursive wildcard must end the path in rules_version '1'.", capture.span)
            elif match.matches:
                log.warning("A recursive wildcard should not have match blocks inside.", capture.span)


def _check_functions(functions: tuple[Function, ...], scope: Scope, log: IssueLog) -> None:
    seen: set[str] = set()
    for function in functions:
        if function.name in seen:
            log.error(f"Function '{function.name}' is already defined.", function.span)
        seen.add(function.name)
        if function.name in _RESERVED:
            log.warning(f"'{function.name}' hides a built-in function.", function.span)
        _check_declarations(function, log)
        if _calls_itself(function, scope):
            log.error(f"Recursive call of function '{function.name}'.", function.span)


def _check_declarations(function: Function, log: IssueLog) -> None:
    if len(function.parameters) > MAX_PARAMETERS:
        log.error(f"A function takes at most {MAX_PARAMETERS} parameters.", function.span)
    if len(function.lets) > MAX_LETS:
        log.error(f"A function has at most {MAX_LETS} variables.", function.span)
    names: set[str] = set()
    declarations: tuple[Declaration, ...] = (*function.parameters, *function.lets)
    for declaration in declarations:
        if declaration.name in names:
            log.error(f"Variable '{declaration.name}' is already defined.", declaration.span)
        names.add(declaration.name)


def _calls_itself(function: Function, scope: Scope) -> bool:
    """Whether a chain of calls leads from a function, declared in `scope`, back to it."""
    pending = [(function, scope)]
    seen: set[int] = set()
    while pending:
        caller, declared_in = pending.pop()
        for name in called_names(caller):
            found = declared_in.function(name)
            if found is None:
                continue
            if found[0] is function:
                return True
            if id(found[0]) not in seen:
                seen.add(id(found[0]))
                pending.append(found)
    return False


def called_names(function: Function) -> Iterator[str]:
    """The names of the functions that a function calls directly."""
    for expression in (*(let.value for let in function.lets), function.body):
        yield from _calls(expression)


def _calls(expression: Expression) -> Iterator[str]:
    pending = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, Call):
            yield node.name
        pending += children(node)
