"""Stories of uploads, starts, faults and kills, drawn at random with a fixed seed, are held against the model."""

from harness.adversary import attack

SEED, DOCUMENTS = 20_260_101, 12


def test_the_model_holds_whatever_happens_to_documents(admitting):
    found = attack(admitting.stack, SEED, DOCUMENTS, tries=0)
    assert found is None, "\n".join([f"seed {found.seed}", *map(str, found.story), *found.sentences])
