//! Where files live: storage backends behind one trait.
