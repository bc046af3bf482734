//! A heap of triangles of one colour, drawn in fewer shapes: the pixels are the same.

use std::ops::Range;

use super::cells::Cells;

/// A triangle that stands on its side, around the pixel corner that it is drawn at; in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Triangle {
    /// From the corner up to the tip.
    pub(super) above: i32,
    /// From the middle of the side to its ends.
    pub(super) half_side: i32,
    /// From the corner down to the side.
    pub(super) below: i32,
}

/// What to draw for a heap.
#[derive(Debug)]
pub(super) struct Heap {
    /// Where the triangles are drawn that touch a pixel which no triangle covers wholly.
    pub(super) at_edge: Vec<(i32, i32)>,
    /// What the others cover: rows of pixels, and the columns of each, from the first to before the last.
    pub(super) runs: Vec<(i32, Range<i32>)>,
}

impl Heap {
    /// Sorts out triangles of one size on an area of this width and height.
    pub(super) fn of(centers: &[(i32, i32)], triangle: Triangle, size: (u32, u32)) -> Heap {
        let mut covered = Cover::new(size, triangle);
        centers.iter().for_each(|&center| covered.lay(center));
        let (inside, at_edge) = centers
            .iter()
            .partition::<Vec<_>, _>(|&&center| covered.hides(center));
        let mut rest = Cover::new(size, triangle);
        inside.into_iter().for_each(|center| rest.lay(center));
        Heap {
            at_edge,
            runs: rest.runs(),
        }
    }
}

/// The pixels that triangles cover wholly.
struct Cover {
    triangle: Triangle,
    width: i32,
    height: i32,
    cells: Cells,
}

impl Cover {
    fn new((width, height): (u32, u32), triangle: Triangle) -> Cover {
        Cover {
            triangle,
            width: width as i32,
            height: height as i32,
            cells: Cells::new(width as usize, height as usize),
        }
    }

    /// Returns the rows of pixels of a triangle that are on the area, and how far its sides are from its middle above and
    /// below each, times its height.
    fn rows(&self, y: i32) -> impl Iterator<Item = (usize, i32, i32)> + use<> {
        let Triangle {
            above, half_side, ..
        } = self.triangle;
        let height = self.height;
        (0..self.depth())
            .map(move |i| (y - above + i, half_side * i, half_side * (i + 1)))
            .filter(move |&(row, ..)| (0..height).contains(&row))
            .map(|(row, narrow, wide)| (row as usize, narrow, wide))
    }

    fn depth(&self) -> i32 {
        self.triangle.above + self.triangle.below
    }

    fn columns(&self, x: i32, half: i32) -> Range<usize> {
        let on_area = |column: i32| column.clamp(0, self.width) as usize;
        on_area(x - half)..on_area(x + half)
    }

    fn lay(&mut self, (x, y): (i32, i32)) {
        for (row, narrow, _) in self.rows(y) {
            for column in self.columns(x, narrow / self.depth()) {
                self.cells.take(column, row);
            }
        }
    }

    /// Whether every pixel that a triangle touches is covered.
    fn hides(&self, (x, y): (i32, i32)) -> bool {
        self.rows(y).all(|(row, _, wide)| {
            let reach = (wide + self.depth() - 1) / self.depth();
            self.columns(x, reach)
                .all(|column| self.cells.is_taken(column, row))
        })
    }

    fn runs(&self) -> Vec<(i32, Range<i32>)> {
        let mut runs = Vec::new();
        for row in 0..self.height {
            let is_taken = |&column: &i32| self.cells.is_taken(column as usize, row as usize);
            let mut columns = 0..self.width;
            while let Some(first) = columns.find(is_taken) {
                let end = columns.find(|column| !is_taken(column));
                runs.push((row, first..end.unwrap_or(self.width)));
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: (u32, u32) = (28, 24);

    /// Points of a row or column of a pixel that are looked at.
    const FINENESS: i32 = 4;

    /// At each point that is looked at, whether any of these triangles is there.
    fn painted(centers: &[(i32, i32)], triangle: Triangle) -> Vec<bool> {
        let Triangle {
            above,
            half_side,
            below,
        } = triangle;
        // twice as fine, so that a point in the middle between two lines is a whole number
        let unit = 2 * FINENESS;
        points(|i, j| {
            centers.iter().any(|&(x, y)| {
                let down = 2 * j + 1 - unit * (y - above);
                let aside = (2 * i + 1 - unit * x).abs();
                (0..=unit * (above + below)).contains(&down)
                    && aside * (above + below) <= half_side * down
            })
        })
    }

    fn points(is_painted: impl Fn(i32, i32) -> bool) -> Vec<bool> {
        let (width, height) = (SIZE.0 as i32 * FINENESS, SIZE.1 as i32 * FINENESS);
        (0..height)
            .flat_map(|j| (0..width).map(move |i| (i, j)))
            .map(|(i, j)| is_painted(i, j))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_heap_covers_what_its_triangles_cover(
            centers in prop::collection::vec((-2..30, -2..26), 1..120),
            (above, half_side, below) in (1..8, 1..8, 0..5),
        ) {
            let triangle = Triangle { above, half_side, below };
            let heap = Heap::of(&centers, triangle, SIZE);
            let at_edge = painted(&heap.at_edge, triangle);
            let in_runs = points(|i, j| {
                let (column, row) = (i / FINENESS, j / FINENESS);
                heap.runs.iter().any(|(of, columns)| *of == row && columns.contains(&column))
            });
            let drawn: Vec<bool> = at_edge.iter().zip(in_runs).map(|(&edge, run)| edge || run).collect();
            prop_assert_eq!(drawn, painted(&centers, triangle));
        }
    }

    #[test]
    fn a_heap_is_drawn_in_fewer_shapes_and_single_triangles_as_they_are() {
        let triangle = Triangle {
            above: 4,
            half_side: 4,
            below: 3,
        };
        let grid = |step: i32| -> Vec<(i32, i32)> {
            let row = |j| (0..40).map(move |i| (10 + step * i, 10 + step * j));
            (0..40).flat_map(row).collect()
        };
        let heap = Heap::of(&grid(2), triangle, (100, 100));
        let n_shapes = heap.at_edge.len() + heap.runs.len();
        assert!(n_shapes < 400, "{n_shapes} of 1600");
        let apart = Heap::of(&grid(10), triangle, (500, 500));
        assert_eq!((apart.at_edge.len(), apart.runs.len()), (1600, 0));
    }
}
