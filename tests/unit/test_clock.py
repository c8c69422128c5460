import threading
import time

import pytest

from harness.embedded.clock import Clock


def test_virtual_time_runs_speed_times_as_fast():
    clock = Clock(speed=1000)
    virtual, real = clock.now(), time.monotonic()
    clock.sleep(60)
    assert clock.now() - virtual >= 60
    assert 0.06 <= time.monotonic() - real < 1


def test_a_change_of_speed_makes_no_jump():
    clock = Clock(speed=1)
    before = clock.now()
    for speed in (1000, 0.001, 500, 1):
        clock.speed = speed
    assert 0 <= clock.now() - before < 60


def test_a_sleeper_notices_that_the_clock_was_speeded_up():
    clock = Clock(speed=1)
    sleeper = threading.Thread(target=clock.sleep, args=(3600,))
    sleeper.start()
    clock.speed = 1_000_000
    sleeper.join(timeout=5)
    assert not sleeper.is_alive()


def test_a_sleeper_notices_that_the_time_was_skipped():
    clock = Clock(speed=1)
    before = clock.now()
    sleeper = threading.Thread(target=clock.sleep, args=(3600,))
    sleeper.start()
    clock.skip(3600)
    sleeper.join(timeout=5)
    assert not sleeper.is_alive()
    assert 3600 <= clock.now() - before < 3660


def test_an_event_ends_a_sleep_early_and_says_so():
    clock, wake = Clock(), threading.Event()
    wake.set()
    assert clock.sleep(3600, wake) is True
    assert Clock(speed=1000).sleep(1, threading.Event()) is False


def test_real_is_the_inverse_of_speed():
    assert Clock(speed=20).real(60) == pytest.approx(3)


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_a_speed_or_skip_that_is_not_positive_is_refused(speed):
    with pytest.raises(ValueError, match="positive numbers"):
        Clock(speed)
    with pytest.raises(ValueError, match="positive numbers"):
        Clock().skip(speed)
