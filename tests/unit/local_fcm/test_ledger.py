"""What the stand-in keeps: the newest attempts and devices, and nothing without bound."""

from local.fcm.ledger import Attempt, Ledger


def attempt(ledger: Ledger, target: str, *, name: str = "m", code: str = "", body: bytes = b"{}") -> None:
    number = ledger.next_number()
    ledger.add(Attempt(number, 0.0, "p", target, 200, code, name, body, "HTTP/2", 1))


def numbers(ledger: Ledger, target: str | None = None, **bounds: int) -> list[int]:
    return [found.number for found in ledger.attempts(target, **bounds)]


def test_only_the_newest_are_kept() -> None:
    ledger = Ledger(kept=3)
    for target in "aabab":
        attempt(ledger, target)

    assert numbers(ledger) == [3, 4, 5]
    assert numbers(ledger, "a") == [4]
    assert numbers(ledger, "b") == [3, 5]


def test_devices_show_no_more_than_is_kept() -> None:
    ledger = Ledger(kept=4)
    ledger.device("away").connected = False
    for number in range(20):
        target = ("there", "away")[number % 2]
        attempt(ledger, target, name=f"m{number}")
        ledger.device(target).take(f"m{number}", {"notification": {"title": "t"}}, 0.0)

    assert [shown.name for shown in ledger.device("there").shown.values()] == ["m16", "m18"]
    assert [item.name for item in ledger.device("away").waiting] == ["m17", "m19"]
    ledger.device("away").connect(0.0)
    attempt(ledger, "there", name="m20")
    attempt(ledger, "there", name="m21")
    assert [shown.name for shown in ledger.device("away").shown.values()] == ["m19"]


def test_what_has_been_replaced_is_not_forgotten_again() -> None:
    ledger = Ledger(kept=2)
    tagged = {"notification": {"title": "t"}, "android": {"notification": {"tag": "a"}}}
    for number in range(3):
        attempt(ledger, "a", name=f"m{number}")
        ledger.device("a").take(f"m{number}", tagged, 0.0)

    assert [shown.name for shown in ledger.device("a").shown.values()] == ["m2"]


def test_target_is_forgotten_with_its_last_attempt() -> None:
    ledger = Ledger(kept=2)
    for number in range(1000):
        attempt(ledger, f"t{number}")
        ledger.device(f"t{number}")

    assert len(vars(ledger)["_by_target"]) == 2
    assert [device.token for device in ledger.devices(10)] == ["t999", "t998"]


def test_newest_of_what_came_after_a_number_are_found_oldest_first() -> None:
    ledger = Ledger()
    for _ in range(5):
        attempt(ledger, "a")

    assert numbers(ledger, after=2) == [3, 4, 5]
    assert numbers(ledger, after=2, limit=2) == [4, 5]
    assert numbers(ledger, "a", after=4) == [5]
    assert numbers(ledger, "b") == []


def test_counts_go_beyond_what_is_kept() -> None:
    ledger = Ledger(kept=1)
    attempt(ledger, "a")
    attempt(ledger, "a", name="", code="UNAVAILABLE")
    attempt(ledger, "a", name="", code="UNAVAILABLE")

    assert ledger.counts() == {"accepted": 1, "not_accepted": 2, "UNAVAILABLE": 2}


def test_clearing_forgets_all_but_the_numbers() -> None:
    ledger = Ledger()
    attempt(ledger, "a")
    ledger.device("a").connected = False
    ledger.clear()

    assert numbers(ledger) == []
    assert ledger.counts() == {"accepted": 0, "not_accepted": 0}
    assert ledger.device("a").connected
    attempt(ledger, "a")
    assert numbers(ledger) == [2]


def test_observers_are_told_until_they_leave() -> None:
    ledger, told = Ledger(), list[int]()
    leave = ledger.observe(lambda: told.append(1))

    attempt(ledger, "a")
    ledger.clear()
    leave()
    attempt(ledger, "a")

    assert told == [1, 1]


def test_device_that_is_used_stays() -> None:
    ledger = Ledger(kept=2)
    for token in ("a", "b", "a", "c"):
        ledger.device(token)

    assert [device.token for device in ledger.devices(10)] == ["c", "a"]


def test_request_that_is_no_json_is_kept_all_the_same() -> None:
    ledger = Ledger()
    attempt(ledger, "", body=b"\xff{")

    assert ledger.attempts()[0].as_json()["request"] is None
