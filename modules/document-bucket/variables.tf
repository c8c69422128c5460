variable "force_destroy" {
  description = "Whether a destroy deletes the documents too."
  type        = bool
  default     = false
  nullable    = false
}

variable "name" {
  description = "Name of the bucket."
  type        = string
  nullable    = false
}

variable "policy_documents" {
  description = "Statements of the bucket's policy beside the one that refuses calls without TLS, as JSON documents. A bucket has one policy, so a separate aws_s3_bucket_policy would replace this one."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "tags" {
  description = "Tags of the bucket."
  type        = map(string)
  default     = {}
  nullable    = false
}
