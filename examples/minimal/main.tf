# The least that runs: a bucket for the confirmations and the workflow.

module "orchestrator" {
  source = "../.."

  name                 = "confirmations"
  environment          = var.environment
  agents               = { for agent, arn in var.runtime_arns : agent => { runtime_arn = arn } }
  document_bucket_arns = [module.documents.arn]
  deletion_protection  = false
}

data "aws_caller_identity" "current" {}

module "documents" {
  source = "../../modules/document-bucket"

  name          = "confirmations-${var.environment}-${data.aws_caller_identity.current.account_id}"
  force_destroy = true
}
