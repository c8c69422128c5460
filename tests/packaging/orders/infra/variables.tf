variable "approval_limit" {
  description = "The total from which a person has to approve an order."
  type        = number
  default     = 1000
  nullable    = false
}

variable "image_uri" {
  description = "The container image of the functions."
  type        = string
  default     = "123456789012.dkr.ecr.us-east-1.amazonaws.com/orders:1"
  nullable    = false
}
