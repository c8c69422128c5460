"""What is in docs/ agrees with the code, as `make lint` asks too; tests/unit/test_docs.py makes each check fail."""

from harness import docs


def test_the_documents_agree_with_the_code():
    assert list(docs.problems()) == []
