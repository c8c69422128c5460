# The module with the settings that tests vary.

module "orchestrator" {
  source = "../../.."

  name                  = var.name
  environment           = var.environment
  agents                = var.agents
  document_bucket_arns  = [aws_s3_bucket.documents.arn, module.uploads.arn]
  ingestion             = { bucket_arns = [module.uploads.arn] }
  backfill              = { inventory_bucket_arns = [aws_s3_bucket.documents.arn], tolerated_failure_percent = 20 }
  parameter_prefix      = "/${var.name}/${var.environment}"
  workflow_type         = var.workflow_type
  state_machine_version = var.state_machine_version
  deletion_protection   = var.deletion_protection

  deferral                 = var.deferral
  max_concurrent_documents = var.max_concurrent_documents
  new_sessions_per_second  = var.new_sessions_per_second
}

resource "aws_s3_bucket" "documents" {
  bucket        = "${var.name}-${var.environment}-documents"
  force_destroy = true
}

# What is put here starts a run by itself.
module "uploads" {
  source = "../../../modules/document-bucket"

  name          = "${var.name}-${var.environment}-uploads"
  force_destroy = true
}
