# The module with the settings that tests vary.

module "orchestrator" {
  source = "../../.."

  name                 = var.name
  environment          = "test"
  agents               = var.agents
  document_bucket_arns = [aws_s3_bucket.documents.arn]
  parameter_prefix     = "/${var.name}/agents"
  workflow_type        = var.workflow_type
  deletion_protection  = false
}

resource "aws_s3_bucket" "documents" {
  bucket        = "${var.name}-documents"
  force_destroy = true
}
