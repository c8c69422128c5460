# The bucket must exist. use_lockfile locks with S3 itself, no table is needed: https://developer.hashicorp.com/terraform/language/backend/s3
bucket       = "terraform-state-123456789012"
key          = "confirmations/prod.tfstate"
region       = "us-east-1"
encrypt      = true
use_lockfile = true
