# One root configuration for all environments: environments/ENV.tfvars says what differs, backends/ENV.hcl where the state is.

provider "aws" {
  region = var.region
}

data "aws_caller_identity" "current" {}

module "orchestrator" {
  source = "../.."

  name                 = "confirmations"
  environment          = var.environment
  parameter_prefix     = "/agentcore/${var.environment}/agents"
  agents               = var.agents
  workflow_type        = var.workflow_type
  document_bucket_arns = [module.documents.arn]
  log_retention_days   = var.log_retention_days
  deletion_protection  = var.deletion_protection
}

module "documents" {
  source = "../../modules/document-bucket"

  name          = "confirmations-${var.environment}-${data.aws_caller_identity.current.account_id}"
  force_destroy = !var.deletion_protection
}
