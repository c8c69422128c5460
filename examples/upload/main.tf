# Drop a PDF into the bucket and look: each upload starts a run, bursts are paced, and what lay there before can be sent through too.

module "orchestrator" {
  source = "../.."

  name                     = "confirmations"
  environment              = var.environment
  agents                   = { for agent, arn in var.runtime_arns : agent => { runtime_arn = arn } }
  document_bucket_arns     = [module.documents.arn]
  parameter_prefix         = "/confirmations/${var.environment}"
  ingestion                = {}
  backfill                 = {}
  max_concurrent_documents = 200
  deletion_protection      = false
}

data "aws_caller_identity" "current" {}

# It sends its events to EventBridge.
module "documents" {
  source = "../../modules/document-bucket"

  name          = "confirmations-${var.environment}-${data.aws_caller_identity.current.account_id}"
  force_destroy = true
}
