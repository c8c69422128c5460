# Line 3 of main.tf skips CKV_AWS_41, CKV_AWS_337 without a reason.
provider "aws" {
  # checkov:skip=CKV_AWS_41,CKV_AWS_337:
  alias  = "bad"
  region = "eu-west-1"
}
