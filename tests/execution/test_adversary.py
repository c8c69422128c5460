"""Stories of uploads, starts, faults and kills, drawn at random with a fixed seed, are held against the model."""

import pytest

from harness.adversary import TOGETHER, attack
from harness.adversary.broken import broken, with_closing_of_any_version, without_version

SEED, DOCUMENTS = 20_260_101, 12

# A seed whose story shows how the workflow is broken. `make adversary BROKEN=1` shows it of every one that there is.
FOUND = (
    (without_version, 4, "another version's trade"),
    (with_closing_of_any_version, 4, "but no agent matched this version"),
)


def test_the_model_holds_whatever_happens_to_documents(admitting):
    found = attack(admitting.stack, SEED, DOCUMENTS, tries=0)
    assert found is None, "\n".join([f"seed {found.seed}", *map(str, found.story), *found.sentences])


@pytest.mark.parametrize(("mutation", "seed", "sentence"), FOUND, ids=lambda value: getattr(value, "__name__", ""))
def test_a_broken_workflow_breaks_the_model(admitting, mutation, seed, sentence):
    with broken(admitting.stack, mutation):
        found = attack(admitting.stack, seed, TOGETHER, tries=0)
    assert any(sentence in one for one in found.sentences)
