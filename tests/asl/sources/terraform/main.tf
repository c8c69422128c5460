variable "seconds" { type = number }

locals {
  # a brace in a comment: {
  suffix  = "a%{if var.seconds > 3}-b%{endif}"
  nothing = <<EOF
EOF
  described = jsonencode({
    StartAt = "Ask"
    States  = merge({ Ask = { Type = "Pass", End = true } }, var.more)
  })
}

resource "aws_sfn_state_machine" "heredoc" {
  name     = "heredoc-${local.suffix}"
  type     = "EXPRESS"
  role_arn = aws_iam_role.this.arn

  definition = <<-EOF
    {
      "StartAt": "Ask",
      "States": {
        "Ask": {
          "Type": "Task",
          "Resource": "${aws_lambda_function.ask["main"].arn}",
          "TimeoutSeconds": ${var.seconds},
          "Next": "Run"
        },
        "Run": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": {"TaskDefinition": "${var.task}"}, "End": true}
      }
    }
  EOF

  logging_configuration {
    level           = "ALL"
    log_destination = "${aws_cloudwatch_log_group.this.arn}:*"
  }
}

resource "aws_sfn_state_machine" "encoded" {
  name = "encoded"
  definition = jsonencode({
    StartAt = "Ask"
    "States" = {
      Ask = {
        Type           = "Task", Resource = "arn:aws:states:::lambda:invoke"
        Parameters     = { FunctionName = aws_lambda_function.ask["main"].arn, Payload : { "id.$" = "$.id" } }
        TimeoutSeconds = var.seconds > 3 ? var.seconds : 3
        Retry          = [for code in ["A", "B"] : { ErrorEquals = [code] }]
        Next           = "Nowhere" # which is not there
      }
      Done = { Type = "Succeed" },
    }
  })
}

resource "aws_sfn_state_machine" "template" {
  name = "template"
  type = "EXPRESS"
  definition = templatefile("${path.module}/order.asl.json.tftpl", {
    seconds = var.seconds
  })
}

resource "aws_sfn_state_machine" "local" {
  name       = "local"
  definition = local.described
}

resource "aws_sfn_state_machine" "variable" {
  name       = "variable"
  definition = var.definition
}

module "orders" {
  source     = "terraform-aws-modules/step-functions/aws"
  definition = "{\"StartAt\": \"Ask\", \"States\": {\"Ask\": {\"Type\": \"Pass\"}}}"
}

module "api" {
  source     = "./api"
  definition = "{\"openapi\": \"3.0.1\"}"
}

resource "aws_sfn_state_machine" "rendered" {
  name       = "rendered"
  definition = data.template_file.rendered.rendered
}

resource "aws_sfn_state_machine" "elsewhere" {
  name       = "elsewhere"
  definition = file("no/such/file.json")
}
