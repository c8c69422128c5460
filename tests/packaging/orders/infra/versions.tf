terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }

  backend "s3" {
    bucket       = "a-shop-terraform-state"
    key          = "orders.tfstate"
    region       = "eu-central-1"
    use_lockfile = true
  }
}
