terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }

  # The rest comes from backends/ENV.hcl: terraform init -backend-config=backends/ENV.hcl
  backend "s3" {}
}
