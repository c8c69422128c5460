import math
import threading
import time

import pytest

from harness.embedded.clock import Clock, Signal
from tests.waiting import until

PATIENCE = 600  # seconds for what happens at once, on however busy a machine


def sleeping(clock, seconds):
    """Sleep in a thread; return the signal that is set when it awakes, once it sleeps."""
    awake = clock.start(lambda: clock.sleep(seconds))
    until(lambda: clock._timers)
    return awake


def test_virtual_time_runs_speed_times_as_fast():
    clock = Clock(speed=1000)
    virtual, real = clock.now(), time.monotonic()
    clock.sleep(60)
    assert clock.now() - virtual >= 60
    assert 0.06 <= time.monotonic() - real < 30  # of 60 virtual ones, on however busy a machine


def test_a_change_of_speed_makes_no_jump(monkeypatch):
    clock = Clock(speed=1)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)  # no real time passes
    before = clock.now()
    for speed in (1000, 0.001, 500, 1):
        clock.run(speed)
        assert clock.now() == before


def test_a_sleeper_notices_that_the_clock_was_speeded_up():
    clock = Clock(speed=1)
    awake = sleeping(clock, 3600)
    clock.run(1_000_000)
    assert awake.wait(PATIENCE)


def test_a_sleeper_notices_that_the_time_was_skipped():
    clock = Clock(speed=1)
    before = clock.now()
    awake = sleeping(clock, 3600)
    clock.skip(3600)
    assert awake.wait(PATIENCE)
    assert 3600 <= clock.now() - before < 3660


def test_a_signal_ends_a_sleep_early_and_says_so():
    clock, signal = Clock(), Signal()
    signal.set()
    assert clock.sleep(3600, signal) is True
    assert Clock(speed=1000).sleep(1, Signal()) is False


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_a_speed_or_skip_that_is_not_positive_is_refused(speed):
    with pytest.raises(ValueError, match="positive numbers"):
        Clock(speed)
    with pytest.raises(ValueError, match="positive numbers"):
        Clock().skip(speed)


def woken(clock, *seconds):
    """Sleep in threads that work otherwise; return what the clock showed, since the beginning, when each awoke."""
    before, shown = clock.now(), {}

    def sleep(duration):
        clock.sleep(duration)
        shown[duration] = clock.now() - before

    with clock.working():
        ends = [clock.start(lambda duration=duration: sleep(duration)) for duration in seconds]
        for end in ends:
            clock.sleep(math.inf, end)
    return shown


def test_a_clock_leaps_to_each_sleepers_own_end():
    for duration, shown in woken(Clock(leaps=True), 3600, 60, 7200).items():
        assert duration <= shown < duration + 10


def test_a_clock_leaps_only_when_it_is_set_to():
    real = time.monotonic()
    woken(Clock(speed=1000), 60)
    assert time.monotonic() - real >= 0.06
    clock = Clock()
    end = clock.start(lambda: clock.sleep(3600))
    clock.run(1, leaps=True)
    end.wait(PATIENCE)
    assert end.is_set()


def test_no_leap_while_somebody_works():
    clock, begun, go_on = Clock(leaps=True), Signal(), Signal()
    before = clock.now()

    def work():
        begun.set()
        go_on.wait(PATIENCE)

    working = clock.start(work)
    begun.wait(PATIENCE)
    sleeping = clock.start(lambda: clock.sleep(3600))
    sleeping.wait(0.2)
    assert not sleeping.is_set()
    assert clock.now() - before < 60
    go_on.set()
    working.wait(PATIENCE)
    sleeping.wait(PATIENCE)
    assert sleeping.is_set()


def test_no_leap_past_a_sleeper_that_is_about_to_work():
    clock = Clock(leaps=True)
    before = clock.now()
    with clock.working():
        for _ in range(300):
            assert clock.sleep(3600, clock.start(lambda: None))
    assert clock.now() - before < 3600


def test_no_leap_for_a_sleep_that_nobody_awaits():
    clock = Clock(leaps=True)
    alone = clock.start(lambda: clock.sleep(3600, awaited=False))
    alone.wait(0.2)
    assert not alone.is_set()
    assert woken(clock, 60)[60] < 600
    assert not alone.is_set()
    assert woken(clock, 7200)[7200] < 7300
    alone.wait(PATIENCE)
    assert alone.is_set()


def test_calls_are_made_in_order_and_timers_after_them():
    clock, calls, over = Clock(leaps=True), [], Signal()

    def begin():  # in the clock's own thread, so that nothing is called before all is there
        clock.call_at(clock.now() + 60, over.set)
        clock.call_at(clock.now() - 1, lambda: calls.append("due"))
        clock.call_at(0, lambda: calls.append("long due"))
        clock.call(lambda: clock.call(lambda: calls.append("second")))
        clock.call(lambda: calls.append("first"))

    clock.call(begin)
    assert over.wait(PATIENCE)
    assert calls == ["first", "second", "long due", "due"]


def test_cancelled_timers_are_not_called_nor_kept():
    clock, called, over = Clock(leaps=True), [], Signal()
    with clock.working():
        timers = [clock.call_at(clock.now() + 1e8 + number, lambda: called.append(1)) for number in range(5000)]
        for timer in timers:
            clock.cancel(timer)
            clock.cancel(timer)
        assert len(clock._timers) < 2500
    clock.call_at(clock.now() + 60, over.set)
    assert over.wait(PATIENCE)
    assert called == []


def test_a_call_that_fails_does_not_stop_the_clock():
    clock, over = Clock(), Signal()
    clock.call(lambda: 1 / 0)
    clock.call(over.set)
    assert over.wait(PATIENCE)


def test_the_clocks_own_thread_must_not_sleep():
    clock, refused = Clock(), Signal()

    def sleep():
        try:
            clock.sleep(1)
        except RuntimeError:
            refused.set()

    clock.call(sleep)
    assert refused.wait(PATIENCE)


def test_threads_are_used_again():
    clock, used = Clock(), set()
    for _ in range(20):
        assert clock.start(lambda: used.add(threading.get_ident())).wait(PATIENCE)
        until(lambda: clock._crew._idle)
    assert len(used) == 1


def test_work_within_work_counts_once():
    clock = Clock(leaps=True)
    before = clock.now()
    with clock.working():
        with clock.working():
            clock.sleep(3600)
        clock.sleep(3600)
    assert 7200 <= clock.now() - before < 7260


def test_a_stretch_of_time_is_worked_off_moment_by_moment():
    clock, shown, over = Clock(speed=1e-6), [], Signal()
    before = clock.now()

    def again():
        shown.append(round(clock.now() - before))
        over.wait(0.05)  # works: no time passes
        if len(shown) < 3:
            clock.call_at(clock.now() + 60, lambda: clock.start(again), awaited=False)

    clock.call_at(before + 60, lambda: clock.start(again), awaited=False)
    later = clock.call_at(before + 900, again)
    assert clock.work_off(500).wait(PATIENCE)
    assert shown == [60, 120, 180]
    assert round(clock.now() - before) == 500
    clock.cancel(later)
    assert clock.work_off(1).wait(PATIENCE)  # nothing is due


def test_one_stretch_of_time_is_worked_off_after_another():
    clock = Clock(speed=1e-6)
    with clock.working():
        reached = clock.work_off(60)
        with pytest.raises(ValueError, match="earlier"):
            clock.work_off(60)
    assert reached.wait(PATIENCE)
