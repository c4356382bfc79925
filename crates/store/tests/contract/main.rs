//! The contract of all backends, tested only through the [`Storage`] trait. Add a backend with a
//! line in `every_backend!`. Features that it does not claim must be refused as unsupported.

mod hasty;
mod reading;
mod tools;
mod tree;
mod whole;
mod writing;

use std::sync::Arc;

use packetboat_store::{
    Allowance, Book, Folders, LocalStorage, Meter, QuotaStorage, Result, Storage, Usage,
};

use hasty::Hasty;

/// A storage for one test, and whatever must live as long as it does.
struct Fresh<S: Storage> {
    storage: S,
    _keep: tempfile::TempDir,
}

fn local() -> Fresh<LocalStorage> {
    let keep = tempfile::tempdir().expect("a directory for the test");
    let storage = LocalStorage::open(keep.path()).expect("the root can be opened");
    Fresh { storage, _keep: keep }
}

/// A book that never holds a count.
struct Empty;

impl Book for Empty {
    fn open(&self) -> Result<Option<Usage>> {
        Ok(None)
    }

    fn counted(&self, _usage: Usage) -> Result<()> {
        Ok(())
    }
}

/// A storage with a quota that no test here comes near.
fn quota() -> Fresh<QuotaStorage> {
    let Fresh { storage, _keep } = local();
    let meter = Meter::new(Box::new(Empty));
    meter.allow(Allowance { bytes: Some(1 << 40), files: Some(1 << 20) });
    Fresh { storage: QuotaStorage::new(Arc::new(storage), Arc::new(meter)), _keep }
}

/// The local storage, with uploads first tried without waiting, as the server does.
fn hasty() -> Fresh<Hasty> {
    let Fresh { storage, _keep } = local();
    Fresh { storage: Hasty(storage), _keep }
}

/// Several storages in one tree; some of the folders are not available.
fn folders() -> Fresh<Folders> {
    let Fresh { storage, _keep } = local();
    Fresh { storage: Folders::new(Arc::new(storage), []).expect("no folders"), _keep }
}

macro_rules! contract {
    ($backend:ident: $($module:ident { $($case:ident)* })*) => {
        mod $backend {
            $($(
                #[test]
                fn $case() {
                    crate::$module::$case(&super::super::$backend().storage);
                }
            )*)*
        }
    };
}

macro_rules! every_backend {
    ($($backend:ident)*) => {
        mod backends {
            $(contract! { $backend:
                reading {
                    an_empty_storage_has_an_empty_root
                    files_are_read_at_any_offset
                    what_is_not_a_file_is_not_opened
                    listings_tell_each_entry_once
                    listings_stream_through_many_entries
                    names_of_any_bytes_survive
                }
                tree {
                    directories_are_made_and_removed
                    files_are_removed
                    renames_move_and_replace
                    renames_over_files_leave_directories
                    renames_have_their_faults
                    the_root_stays
                    times_are_set
                    modes_are_set
                    free_space_is_told_of_any_path
                    groups_are_set
                    renames_can_be_told_to_keep_what_is_there
                    links_are_made_to_what_is_there
                    trees_are_measured_and_removed
                    work_on_trees_stops_when_told
                    an_upload_under_way_outlives_the_removal_of_its_tree
                    very_deep_trees_are_removed
                }
                whole {
                    copies_are_whole_files
                    a_copy_of_a_private_file_is_private
                    holes_read_as_zeros_and_stay_in_copies
                    new_files_replace_nothing
                    what_is_discarded_was_never_there
                    parts_are_not_listed
                    deleting_a_name_that_only_a_part_has_deletes_the_part
                    parts_do_not_keep_a_directory_from_being_removed
                }
                writing {
                    a_file_appears_when_it_is_committed
                    readers_of_a_replaced_file_keep_the_old_one
                    an_empty_file_is_a_file
                    creation_has_its_faults
                    one_writer_at_a_time
                    a_broken_upload_is_resumed_where_no_file_may_be_replaced
                    a_broken_upload_is_kept_and_resumed
                    an_upload_dropped_is_kept_too
                    an_empty_part_is_not_kept
                    a_fresh_upload_starts_anew
                    offsets_past_the_end_are_told_the_length
                    a_finished_file_is_resumed_in_place
                    a_resumption_without_data_changes_nothing
                    data_are_appended
                    an_appended_upload_goes_on_in_its_part
                    unique_names_are_new
                    a_unique_name_taken_meanwhile_is_not_replaced
                    names_of_parts_are_reserved
                    the_longest_name_works
                    holes_read_as_zeros
                }
            })*
        }
    };
}

every_backend! { local hasty quota folders }
