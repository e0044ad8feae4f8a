//! Finds the mutants of one file: which piece of its text is replaced by what.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::Context as _;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Block, Expr, Stmt, UnOp};

use crate::values;

/// One change that a test should notice.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// What names it, whatever its line is: file, function, change, and which of several equal ones.
    pub key: String,
    pub file: String,
    pub line: usize,
    pub edit: Edit,
}

/// How the change is planted, so that it is active when its number is.
#[derive(Debug, Clone)]
pub enum Edit {
    /// The expression in `at` is `text` instead.
    Replace { at: Range<usize>, text: String },
    /// The same for the body of a match's arm, after which there may be no comma.
    ReplaceBody { at: Range<usize>, text: String },
    /// The function whose body begins at `at` returns `value` at once.
    Return { at: usize, value: String },
    /// The statement in `at` is left out.
    Skip { at: Range<usize> },
    /// The arm whose pattern ends at `pattern_end` is not taken.
    SkipArm {
        pattern_end: usize,
        guard: Option<Range<usize>>,
    },
    /// The guard in `guard` lets everything through.
    OpenGuard { guard: Range<usize> },
}

/// The mutants of a file of this name and content.
pub fn mutants(file: &str, source: &str) -> anyhow::Result<Vec<Mutant>> {
    let parsed = syn::parse_file(source).with_context(|| format!("{file} does not parse"))?;
    let mut finder = Finder {
        file,
        source,
        path: Vec::new(),
        returns: Vec::new(),
        found: Vec::new(),
        seen: HashMap::new(),
    };
    finder.visit_file(&parsed);
    Ok(finder.found)
}

struct Finder<'a> {
    file: &'a str,
    source: &'a str,
    /// Where in the file: types and functions around.
    path: Vec<String>,
    /// What an arm that does nothing returns in the functions around, where that is known.
    returns: Vec<Option<&'static str>>,
    found: Vec<Mutant>,
    seen: HashMap<String, usize>,
}

impl Finder<'_> {
    fn text(&self, node: &impl Spanned) -> &str {
        &self.source[node.span().byte_range()]
    }

    fn add(&mut self, node: &impl Spanned, what: &str, edit: Edit) {
        let line = node.span().start().line;
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        let base = format!("{}::{}: {}", self.file, self.path.join("::"), what);
        let times = self.seen.entry(base.clone()).or_default();
        *times += 1;
        let key = if *times == 1 {
            base
        } else {
            format!("{base} #{times}")
        };
        self.found.push(Mutant {
            key,
            file: self.file.to_owned(),
            line,
            edit,
        });
    }

    fn replace(&mut self, node: &impl Spanned, what: &str, text: String) {
        let at = node.span().byte_range();
        self.add(node, what, Edit::Replace { at, text });
    }

    fn function(&mut self, signature: &syn::Signature, block: &Block) {
        if signature.constness.is_some() {
            return;
        }
        self.path.push(signature.ident.to_string());
        let at = block.brace_token.span.open().byte_range().end;
        if !block.stmts.is_empty() {
            for value in values::of_return(&signature.output) {
                let what = format!("returns {value}");
                self.add(signature, &what, Edit::Return { at, value });
            }
        }
        self.returns.push(values::nothing(&signature.output));
        self.visit_block(block);
        self.returns.pop();
        self.path.pop();
    }

    /// The operands of a chain of `&&` that holds a `let`: they are bool, the `&&` themselves have to stay.
    fn chain(&mut self, expr: &Expr) {
        match expr {
            Expr::Binary(binary) if matches!(binary.op, BinOp::And(_)) => {
                self.chain(&binary.left);
                self.chain(&binary.right);
            }
            Expr::Let(binding) => self.visit_expr(&binding.expr),
            other => self.condition(other),
        }
    }

    /// An expression that is a condition: negated, unless a mutant of its own does the same.
    fn condition(&mut self, expr: &Expr) {
        if has_let(expr) {
            return self.chain(expr);
        }
        let negated_anyway = match expr {
            Expr::Binary(binary) => matches!(binary.op, BinOp::Eq(_) | BinOp::Ne(_)),
            Expr::Unary(unary) => matches!(unary.op, UnOp::Not(_)),
            Expr::Lit(_) => true,
            _ => is_matches(expr),
        };
        if !negated_anyway {
            let text = self.text(expr).to_owned();
            self.replace(expr, &format!("negates {text}"), format!("!({text})"));
        }
        self.visit_expr(expr);
    }

    fn operator(&mut self, binary: &syn::ExprBinary) {
        let (left, right) = (
            self.text(&binary.left).to_owned(),
            self.text(&binary.right).to_owned(),
        );
        let operator = self.text(&binary.op).to_owned();
        for other in swapped(&binary.op) {
            let what = format!("{other} for {operator} in {left} {operator} {right}");
            self.replace(binary, &what, format!("{left} {other} {right}"));
        }
    }

    fn arm(&mut self, arm: &syn::Arm, is_caught: bool) {
        let pattern = self.text(&arm.pat).to_owned();
        let pattern_end = arm.pat.span().byte_range().end;
        let guard = arm.guard.as_ref().map(|(_, guard)| guard.span().byte_range());
        let can_skip = is_caught && !matches!(arm.pat, syn::Pat::Wild(_));
        let lets = arm.guard.as_ref().is_some_and(|(_, guard)| has_let(guard));
        if (can_skip || guard.is_some()) && !lets {
            let edit = Edit::SkipArm {
                pattern_end,
                guard: guard.clone(),
            };
            self.add(&arm.pat, &format!("skips the arm {pattern}"), edit);
        }
        if let Some(guard) = guard.filter(|_| !lets) {
            self.add(
                &arm.pat,
                &format!("opens the guard of {pattern}"),
                Edit::OpenGuard { guard },
            );
        }
        let does = matches!(
            &*arm.body,
            Expr::Call(_) | Expr::MethodCall(_) | Expr::Assign(_) | Expr::Block(_)
        );
        let does_nothing = ["{}", "Ok(())"].contains(&self.text(&arm.body));
        if let (true, false, Some(Some(nothing))) = (does && !does_nothing, can_skip, self.returns.last()) {
            let edit = Edit::ReplaceBody {
                at: arm.body.span().byte_range(),
                text: (*nothing).to_owned(),
            };
            self.add(&arm.body, &format!("does nothing for {pattern}"), edit);
        }
    }

    fn fields(&mut self, expr: &syn::ExprStruct) {
        let whole = expr.span().byte_range();
        for pair in expr.fields.pairs() {
            let field = pair.value().span().byte_range();
            let end = pair
                .punct()
                .map_or(field.end, |comma| comma.span().byte_range().end);
            let text = format!(
                "{}{}",
                &self.source[whole.start..field.start],
                &self.source[end..whole.end]
            );
            let name = self.text(&pair.value().member).to_owned();
            let what = format!("leaves out {name} of {}", self.text(&expr.path));
            self.replace(expr, &what, text);
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            self.function(&item.sig, &item.block);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = item
            .trait_
            .as_ref()
            .map(|(_, path, _)| self.text(path).to_owned());
        let shown = |name: &str| matches!(name.rsplit("::").next(), Some("Debug" | "Display"));
        if is_test(&item.attrs) || of.as_deref().is_some_and(shown) {
            return;
        }
        let name = self.text(&*item.self_ty).to_owned();
        self.path
            .push(of.map_or(name.clone(), |of| format!("<{name} as {of}>")));
        visit::visit_item_impl(self, item);
        self.path.pop();
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            self.function(&item.sig, &item.block);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let Stmt::Expr(expr, Some(_)) = statement {
            let called = match expr {
                Expr::Try(tried) => &*tried.expr,
                other => other,
            };
            if matches!(called, Expr::Assign(_) | Expr::Call(_) | Expr::MethodCall(_)) {
                let at = statement.span().byte_range();
                let what = format!("leaves out {}", self.text(expr));
                self.add(statement, &what, Edit::Skip { at });
            }
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        if is_matches(expr) {
            let text = self.text(expr).to_owned();
            self.replace(expr, &format!("negates {text}"), format!("!{text}"));
        }
        visit::visit_expr(self, expr);
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        self.condition(&expr.cond);
        self.visit_block(&expr.then_branch);
        if let Some((_, other)) = &expr.else_branch {
            self.visit_expr(other);
        }
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        self.condition(&expr.cond);
        self.visit_block(&expr.body);
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        self.operator(expr);
        visit::visit_expr_binary(self, expr);
    }

    fn visit_expr_unary(&mut self, expr: &'ast syn::ExprUnary) {
        if !matches!(expr.op, UnOp::Deref(_)) {
            let (whole, inner) = (self.text(expr).to_owned(), self.text(&*expr.expr).to_owned());
            self.replace(expr, &format!("drops the sign of {whole}"), format!("({inner})"));
        }
        if !is_matches(&expr.expr) {
            visit::visit_expr_unary(self, expr);
        }
    }

    fn visit_expr_match(&mut self, expr: &'ast syn::ExprMatch) {
        self.visit_expr(&expr.expr);
        for (index, arm) in expr.arms.iter().enumerate() {
            let is_caught = expr.arms[index + 1..]
                .iter()
                .any(|later| later.guard.is_none() && catches_all(&later.pat));
            self.arm(arm, is_caught);
            if let Some((_, guard)) = &arm.guard {
                self.visit_expr(guard);
            }
            self.visit_expr(&arm.body);
        }
    }

    fn visit_expr_struct(&mut self, expr: &'ast syn::ExprStruct) {
        if expr.rest.is_some() {
            self.fields(expr);
        }
        visit::visit_expr_struct(self, expr);
    }

    // Nothing in these can be decided when the program runs.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_expr_repeat(&mut self, _: &'ast syn::ExprRepeat) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_path(&mut self, _: &'ast syn::Path) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Ident>()
                    .is_ok_and(|what| what == "test"))
    })
}

fn is_matches(expr: &Expr) -> bool {
    matches!(expr, Expr::Macro(called) if called.mac.path.is_ident("matches"))
}

fn has_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

fn catches_all(pattern: &syn::Pat) -> bool {
    match pattern {
        syn::Pat::Wild(_) => true,
        syn::Pat::Ident(name) => {
            name.subpat.is_none() && name.ident.to_string().starts_with(char::is_lowercase)
        }
        syn::Pat::Tuple(tuple) => tuple.elems.iter().all(catches_all),
        _ => false,
    }
}

/// What stands for an operator, as `cargo-mutants` has it.
fn swapped(operator: &BinOp) -> &'static [&'static str] {
    match operator {
        BinOp::Eq(_) => &["!="],
        BinOp::Ne(_) => &["=="],
        BinOp::And(_) => &["||"],
        BinOp::Or(_) => &["&&"],
        BinOp::Lt(_) => &["==", ">", "<="],
        BinOp::Gt(_) => &["==", "<", ">="],
        BinOp::Le(_) => &[">", "<"],
        BinOp::Ge(_) => &["<", ">"],
        BinOp::Add(_) => &["-", "*"],
        BinOp::Sub(_) => &["+", "/"],
        BinOp::Mul(_) => &["+", "/"],
        BinOp::Div(_) => &["%", "*"],
        BinOp::Rem(_) => &["/", "+"],
        BinOp::AddAssign(_) => &["-=", "*="],
        BinOp::SubAssign(_) => &["+=", "/="],
        BinOp::MulAssign(_) => &["+=", "/="],
        BinOp::Shl(_) => &[">>"],
        BinOp::Shr(_) => &["<<"],
        BinOp::BitAnd(_) => &["|", "^"],
        BinOp::BitOr(_) => &["&", "^"],
        BinOp::BitXor(_) => &["|", "&"],
        _ => &[],
    }
}
