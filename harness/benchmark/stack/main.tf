# The module as the trials of the benchmarks apply it: its defaults, with and without places.

module "orchestrator" {
  source = "../../.."

  name                     = "bench"
  environment              = "dev"
  workflow_type            = var.workflow_type
  agents                   = { for agent, arn in var.runtime_arns : agent => merge({ runtime_arn = arn }, var.agents[agent]) }
  document_bucket_arns     = [module.documents.arn]
  max_concurrent_documents = var.max_concurrent_documents
  deletion_protection      = false
  ingestion                = var.uploads ? {} : null
  backfill                 = var.backfill == null ? null : { max_concurrency = var.backfill }
}

module "documents" {
  source = "../../../modules/document-bucket"

  name          = "bench-dev-documents"
  force_destroy = true
}
