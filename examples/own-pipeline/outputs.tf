output "claims_desk_arn" {
  description = "ARN of the state machine, whose input is {\"claim_id\": \"…\", \"report\": \"…\"}."
  value       = aws_sfn_state_machine.desk.arn
}

output "confirmations_queue_url" {
  description = "URL of the queue with what a person is to confirm."
  value       = aws_sqs_queue.confirmations.url
}
