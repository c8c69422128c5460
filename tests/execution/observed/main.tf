# A key, runtimes and a topic to notify that are made in the same apply as the module: nothing of them is known in the plan.

module "orchestrator" {
  source = "../../.."

  name                 = "observed"
  environment          = "test"
  agents               = { for agent, runtime in terraform_data.runtime : agent => { runtime_arn = runtime.output } }
  document_bucket_arns = [aws_s3_bucket.documents.arn, aws_s3_bucket.uploads.arn]
  ingestion            = { bucket_arns = [aws_s3_bucket.uploads.arn] }
  backfill             = { inventory_bucket_arns = [aws_s3_bucket.documents.arn] }
  parameter_prefix     = "/observed/test"
  create_kms_key       = false
  kms_key_arn          = aws_kms_key.own.arn
  alarms               = var.alarms
  alarm_actions        = [terraform_data.pager.output]
  tracing              = var.tracing
  log_level            = var.log_level
  log_execution_data   = var.log_execution_data
  deletion_protection  = false
  tags                 = var.tags

  permissions_boundary_arn = var.permissions_boundary_arn
}

# Stands for a runtime, which the oldest provider that serves here cannot make.
resource "terraform_data" "runtime" {
  for_each = var.runtime_arns

  input = each.value
}

resource "terraform_data" "pager" {
  input = "arn:aws:sns:us-east-1:123456789012:pager"
}

resource "aws_kms_key" "own" {
  description         = "The caller's own."
  policy              = module.orchestrator.kms_key_policy
  enable_key_rotation = true
}

resource "aws_kms_alias" "own" {
  name          = "alias/own"
  target_key_id = aws_kms_key.own.key_id
}

resource "aws_s3_bucket" "documents" {
  bucket        = "observed-test-documents"
  force_destroy = true
}

# Belongs to others, who do no more than switch its events on.
resource "aws_s3_bucket" "uploads" {
  bucket        = "observed-test-uploads"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "uploads" {
  bucket = aws_s3_bucket.uploads.bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_notification" "uploads" {
  bucket      = aws_s3_bucket.uploads.bucket
  eventbridge = true
}
