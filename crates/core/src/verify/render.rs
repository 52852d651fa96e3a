//! The report as text for a terminal.

use std::fmt::Write;

use super::report::{Difference, PictureView, Report};
use super::status::Status;
use crate::request::Prompt;

/// Most characters of a text that is shown in one line.
const SHOWN: usize = 400;

impl Report {
    /// The report as lines of text: the answer, what it is about, every check, and where the output parts.
    pub fn render(&self) -> String {
        let mut out = String::new();
        let level = self.level.map_or("none", |level| level.as_str());
        line(&mut out, format_args!("{}: {}", self.verdict.as_str().to_uppercase(), self.summary));
        line(&mut out, format_args!(""));
        line(&mut out, format_args!("  level      {level}"));
        if let (Some(statement), Some(hash)) = (&self.statement, &self.statement_hash) {
            line(&mut out, format_args!("  statement  {hash}"));
            line(&mut out, format_args!("  model      {}{}", statement.model_id, self.model_name()));
            line(&mut out, format_args!("  request    {}", statement.request_hash));
            line(&mut out, format_args!("  content    {}", statement.content_hash));
        }
        if let Some(request) = &self.request {
            line(&mut out, format_args!("  prompt     {}", shown(&prompt_text(&request.prompt))));
        }
        if let Some(output) = &self.output {
            let content = output.picture.as_ref().map_or_else(|| shown(&output.text), PictureView::size);
            line(&mut out, format_args!("  output     {content} ({} ids)", output.ids.len()));
        }
        if let Some(on) = &self.recomputed_on {
            line(&mut out, format_args!("  run on     {}", shown(&on.to_string())));
        }
        line(&mut out, format_args!(""));
        for check in &self.checks {
            let detail = check.status.detail().map(|d| format!("  {}", plain(d))).unwrap_or_default();
            line(&mut out, format_args!("  {:<11}  {:<22}{detail}", check.status.word(), check.code.as_str()));
            if matches!(check.status, Status::Failed { .. }) {
                line(&mut out, format_args!("  {:<11}  {:<22}  {}", "", "", check.explanation));
            }
        }
        if let Some(difference) = &self.difference {
            line(&mut out, format_args!(""));
            self.render_difference(&mut out, difference);
        }
        let version = self.verifier.version;
        line(&mut out, format_args!("\n  checked by {} {version}, arithmetic {}", self.verifier.name, self.verifier.arithmetic));
        out
    }

    fn model_name(&self) -> String {
        self.model.as_ref().map(|model| format!(" ({})", shown(&model.name))).unwrap_or_default()
    }

    fn render_difference(&self, out: &mut String, difference: &Difference) {
        let Difference { position, expected, found } = difference;
        line(out, format_args!("  The output parts at generated id {position}:"));
        if let Some(output) = self.output.as_ref().filter(|output| output.picture.is_none()) {
            let before: String = output.ids[..*position].iter().filter_map(|id| id.text.as_deref()).collect();
            line(out, format_args!("    after        {}", shown(&before)));
        }
        for (who, piece) in [("model picks", expected), ("bundle has ", found)] {
            line(out, format_args!("    {who}  {:>7}  {}", piece.id, shown(&piece.text)));
        }
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("writing to a string does not fail");
}

fn prompt_text(prompt: &Prompt) -> String {
    match prompt {
        Prompt::Text(text) => text.clone(),
        Prompt::Messages(messages) => {
            messages.iter().map(|m| format!("{}: {}", m.role, m.content)).collect::<Vec<_>>().join("\n")
        }
    }
}

/// A text of the bundle in quotes, escaped, so that it can neither break the layout nor steer a terminal; its end if it is long.
fn shown(text: &str) -> String {
    let n = text.chars().count();
    if n <= SHOWN {
        return format!("{text:?}");
    }
    let end: String = text.chars().skip(n - SHOWN).collect();
    format!("…{end:?}")
}

/// A detail, without control characters.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
