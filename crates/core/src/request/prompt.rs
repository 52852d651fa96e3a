//! The prompt of a request: plain text, or the messages of a chat.

use serde::{Deserialize, Serialize};

/// One message of a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who speaks: `system`, `user`, `assistant`, or whatever else the model's chat template knows.
    pub role: String,
    /// What is said.
    pub content: String,
}

impl Message {
    /// A message of `role`.
    pub fn new(role: impl Into<String>, content: impl Into<String>) -> Self {
        Self { role: role.into(), content: content.into() }
    }

    /// A message of the role `user`.
    pub fn user(content: impl Into<String>) -> Self {
        Self::new("user", content)
    }
}

/// What the model continues. In JSON it is one field of the request: `"prompt":"…"` or `"messages":[{"role","content"},…]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prompt {
    /// Text that is continued as it stands.
    #[serde(rename = "prompt")]
    Text(String),
    /// A chat, laid out by the model's own template.
    #[serde(rename = "messages")]
    Messages(Vec<Message>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_field_of_json() {
        let text = serde_json::to_string(&Prompt::Text("Hi".into())).unwrap();
        assert_eq!(text, r#"{"prompt":"Hi"}"#);
        let chat = serde_json::to_string(&Prompt::Messages(vec![Message::user("Hi")])).unwrap();
        assert_eq!(chat, r#"{"messages":[{"role":"user","content":"Hi"}]}"#);
        assert_eq!(serde_json::from_str::<Prompt>(&chat).unwrap(), Prompt::Messages(vec![Message::user("Hi")]));
        assert!(serde_json::from_str::<Message>(r#"{"role":"user","content":"Hi","name":"x"}"#).is_err());
    }
}
