from harness.adversary.shrink import shrink
from harness.adversary.story import draw


def test_a_seed_draws_one_story_and_another_seed_another():
    assert draw(7, 6) == draw(7, 6)
    assert draw(7, 6) != draw(8, 6)


def test_a_story_has_every_kind_of_operation_sooner_or_later():
    kinds = {operation.kind for seed in range(20) for operation in draw(seed, 6)}
    harmless = {"versioning", "upload", "start", "start_all", "repeat", "recover", "wait"}
    assert kinds == harmless | {"delete", "replay", "redrive", "kill", "fault", "outage", "event"}


def test_a_story_reads_as_lines_for_people():
    assert all(str(operation).startswith(operation.kind.split("_")[0]) for operation in draw(1, 6))


def test_what_does_not_matter_is_left_out():
    assert shrink(range(100), lambda part: {17, 63} <= set(part), 500) == [17, 63]


def test_shrinking_asks_no_more_often_than_it_may():
    attempts = []
    remaining = shrink(range(100), lambda part: attempts.append(part) or 17 in part, 10)
    assert len(attempts) == 10
    assert 17 in remaining
