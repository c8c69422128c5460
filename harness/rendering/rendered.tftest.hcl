# Plans without an AWS: every value that AWS would compute is mocked, so that nothing is unknown.

mock_provider "aws" {
  source          = "./mocks"
  override_during = plan
}

run "rendered" {
  command = plan
}
