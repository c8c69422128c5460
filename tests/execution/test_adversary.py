"""Stories of uploads, starts, faults and kills, drawn at random with a fixed seed, are held against the model."""

import pytest

from harness.adversary import TOGETHER, attack
from harness.adversary.broken import broken, with_closing_of_any_version, without_version
from harness.adversary.stage import Stage
from harness.adversary.standstill import StandstillError
from harness.adversary.story import draw

SEED, DOCUMENTS = 20_260_101, 12

# A seed whose story shows how the workflow is broken. `make adversary BROKEN=1` shows it of every one that there is.
FOUND = (
    (without_version, 4, "another version's trade"),
    (with_closing_of_any_version, 4, "but no agent matched this version"),
)


def test_the_model_holds_whatever_happens_to_documents(admitting):
    found = attack(admitting.stack, SEED, DOCUMENTS)
    assert found is None, "\n".join([f"seed {found.seed}", *map(str, found.story), *found.sentences])


@pytest.mark.parametrize(("mutation", "seed", "sentence"), FOUND, ids=lambda value: getattr(value, "__name__", ""))
def test_a_broken_workflow_breaks_the_model(admitting, mutation, seed, sentence):
    with broken(admitting.stack, mutation):
        found = attack(admitting.stack, seed, TOGETHER)
    assert any(sentence in one for one in found.sentences)


def test_a_story_that_does_not_go_on_ends_with_what_it_waits_for(admitting):
    with pytest.raises(StandstillError, match=r"not over after 0 s(?s:.)*next_timers(?s:.)*executions(?s:.)*stack"):
        Stage(admitting.stack, seconds=0).play(draw(SEED, 1))
