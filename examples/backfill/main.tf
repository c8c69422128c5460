# A year's confirmations lie in a bucket of others. They are sent through once, half of the places are left for the day's documents,
# and the results go into a bucket of their own.

locals {
  _places = 200
}

module "orchestrator" {
  source = "../.."

  name                     = "confirmations"
  environment              = var.environment
  agents                   = { for agent, arn in var.runtime_arns : agent => { runtime_arn = arn } }
  document_bucket_arns     = [var.documents_bucket_arn]
  parameter_prefix         = "/confirmations/${var.environment}"
  max_concurrent_documents = local._places
  deletion_protection      = false

  backfill = {
    max_concurrency           = local._places / 2
    tolerated_failure_percent = 2
    results_bucket_arn        = module.results.arn
  }
}

data "aws_caller_identity" "current" {}

module "results" {
  source = "../../modules/document-bucket"

  name          = "confirmations-${var.environment}-results-${data.aws_caller_identity.current.account_id}"
  force_destroy = true
}
