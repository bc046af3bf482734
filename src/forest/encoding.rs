//! A forest as bytes, for its way to a worker.

use super::{Forest, MAX_ESTIMATORS, Node, Split, Tree};

/// First bytes of an encoded forest: a name and a version.
const SIGNATURE: &[u8; 4] = b"IFo2";

/// What stands for the feature in a leaf.
const LEAF: u32 = u32::MAX;

/// The greatest depth of a tree: the rows that are drawn for one are counted in 32 bits.
const MAX_DEPTH: u32 = 32;

/// Bytes of a node: feature, threshold, right child, distinct rows, rows drawn, side of rows without a value.
const NODE_BYTES: usize = 4 + 8 + 4 + 4 + 4 + 1;

/// Bytes that are no forest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no forest: {0}")]
pub struct DecodeError(&'static str);

impl Forest {
    /// Encodes what scoring and explaining need; [`Forest::from_bytes`] gives an equal forest.
    pub fn to_bytes(&self) -> Vec<u8> {
        let n_nodes: usize = self.trees.iter().map(|tree| tree.nodes.len()).sum();
        let mut bytes = Vec::with_capacity(16 + 4 * self.trees.len() + NODE_BYTES * n_nodes);
        let count = |count: usize| {
            u32::try_from(count)
                .expect("counts of a forest fit in 32 bits")
                .to_le_bytes()
        };
        bytes.extend_from_slice(SIGNATURE);
        bytes.extend_from_slice(&self.n_features.to_le_bytes());
        bytes.extend_from_slice(&self.n_samples.to_le_bytes());
        bytes.extend_from_slice(&count(self.trees.len()));
        for tree in &self.trees {
            bytes.extend_from_slice(&count(tree.nodes.len()));
            for node in &tree.nodes {
                let split = node.split.unwrap_or(Split {
                    feature: LEAF,
                    threshold: 0.0,
                    is_nan_left: false,
                    right: 0,
                });
                bytes.extend_from_slice(&split.feature.to_le_bytes());
                bytes.extend_from_slice(&split.threshold.to_le_bytes());
                bytes.extend_from_slice(&split.right.to_le_bytes());
                bytes.extend_from_slice(&node.n_samples.to_le_bytes());
                bytes.extend_from_slice(&node.n_drawn.to_le_bytes());
                bytes.push(u8::from(split.is_nan_left));
            }
        }
        bytes
    }

    /// Decodes a forest.
    ///
    /// # Errors
    /// [`DecodeError`] for bytes that [`Forest::to_bytes`] does not write: a tree whose walks could leave it, go in
    /// circles or ask for a feature that is not there is never built.
    pub fn from_bytes(bytes: &[u8]) -> Result<Forest, DecodeError> {
        let mut bytes = Bytes(bytes);
        if bytes.take()? != *SIGNATURE {
            return Err(DecodeError("wrong signature"));
        }
        let (n_features, n_samples, n_trees) = (bytes.u32()?, bytes.u32()?, bytes.u32()?);
        if n_features == 0 || n_samples == 0 || n_trees == 0 {
            return Err(DecodeError("no features, rows or trees"));
        }
        if n_trees > MAX_ESTIMATORS {
            return Err(DecodeError("more trees than a forest may have"));
        }
        let trees = (0..n_trees)
            .map(|_| bytes.tree(n_features))
            .collect::<Result<Vec<_>, _>>()?;
        if bytes.0.is_empty() {
            Ok(Forest::new(trees, n_features, n_samples))
        } else {
            Err(DecodeError("too long"))
        }
    }
}

/// Bytes not yet decoded.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(DecodeError("too short"))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u32(&mut self) -> Result<u32, DecodeError> {
        self.take().map(u32::from_le_bytes)
    }

    /// Decodes a tree; a left child follows its parent, so that the right ones alone tell its shape.
    fn tree(&mut self, n_features: u32) -> Result<Tree, DecodeError> {
        let n_nodes = self.u32()?;
        if self.0.len() / NODE_BYTES < n_nodes as usize {
            return Err(DecodeError("too short"));
        }
        let mut nodes = Vec::with_capacity(n_nodes as usize);
        // right children to come, each with its depth
        let mut waiting: Vec<(u32, u32)> = Vec::new();
        let mut depth = 0;
        for id in 0..n_nodes {
            let split = self.split(n_features)?;
            let (n_samples, n_drawn) = (self.u32()?, self.u32()?);
            if n_drawn == 0 {
                return Err(DecodeError("a node holds no row"));
            }
            let is_nan_left = self.take::<1>()? != [0];
            nodes.push(Node {
                split: split.map(|split| Split {
                    is_nan_left,
                    ..split
                }),
                n_samples,
                n_drawn,
                depth,
            });
            match split {
                Some(split) => {
                    depth += 1;
                    if depth > MAX_DEPTH {
                        return Err(DecodeError("a tree is deeper than any that is grown"));
                    }
                    waiting.push((split.right, depth));
                }
                None => match waiting.pop() {
                    Some((right, its_depth)) if right == id + 1 => depth = its_depth,
                    None if id + 1 == n_nodes => return Ok(Tree { nodes }),
                    _ => {
                        return Err(DecodeError(
                            "a right child is not where its left brother's nodes end",
                        ));
                    }
                },
            }
        }
        Err(DecodeError("a tree does not end in a leaf"))
    }

    fn split(&mut self, n_features: u32) -> Result<Option<Split>, DecodeError> {
        let (feature, threshold, right) =
            (self.u32()?, f64::from_le_bytes(self.take()?), self.u32()?);
        match feature {
            LEAF => Ok(None),
            _ if feature >= n_features => {
                Err(DecodeError("a split asks for a feature that is not there"))
            }
            // not a number if the tree was grown on infinite values of both signs: then all values go right
            _ => Ok(Some(Split {
                feature,
                threshold,
                is_nan_left: false,
                right,
            })),
        }
    }
}
