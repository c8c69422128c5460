terraform {
  required_version = ">= 1.11"

  # A state in a file is written anew after each resource, which takes most of the time once it holds many.
  backend "s3" {
    bucket = "terraform-states"
    key    = "grown.tfstate"
    region = "us-east-1"
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}
