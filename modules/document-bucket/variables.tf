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

variable "tags" {
  description = "Tags of the bucket."
  type        = map(string)
  default     = {}
  nullable    = false
}
