//! A small window that files can be dragged from, and that has copied them: `drag-source X Y FILE…`. The tests of the
//! window drop and paste real files with it, as a file manager would have them. It says `ready` when it stands there,
//! `taken` when somebody asked for the files, and ends with the drag.

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    use gtk::gdk::{DragAction, ModifierType, SELECTION_CLIPBOARD};
    use gtk::prelude::*;
    use gtk::{SelectionData, TargetEntry, TargetFlags};
    use std::io::Write as _;

    #[allow(clippy::print_stdout, reason = "this is how it is heard")]
    fn say(word: &str) {
        println!("{word}");
        // Whoever listened may have gone.
        let _ = std::io::stdout().flush();
    }

    pub(super) fn main() {
        gtk::init().expect("there is a display");
        let words: Vec<String> = std::env::args().skip(1).collect();
        let at = |index: usize| words[index].parse::<i32>().expect("a place on the screen");
        let uris: Vec<String> = words[2..]
            .iter()
            .map(|file| gtk::glib::filename_to_uri(file, None).expect("an absolute path").to_string())
            .collect();

        // Without a frame and without a window manager's idea of where it should stand.
        let window = gtk::Window::new(gtk::WindowType::Popup);
        window.set_default_size(80, 80);
        window.move_(at(0), at(1));
        let handle = gtk::EventBox::new();
        handle.add(&gtk::Label::new(Some("files")));
        window.add(&handle);
        handle.drag_source_set(ModifierType::BUTTON1_MASK, &[], DragAction::COPY);
        handle.drag_source_add_uri_targets();
        let give = move |data: &SelectionData| {
            data.set_uris(&uris.iter().map(String::as_str).collect::<Vec<_>>());
            say("taken");
        };
        let copied = [TargetEntry::new("text/uri-list", TargetFlags::empty(), 0)];
        let given = give.clone();
        gtk::Clipboard::get(&SELECTION_CLIPBOARD).set_with_data(&copied, move |_, data, _| given(data));
        handle.connect_drag_data_get(move |_, _, data, _, _| give(data));
        handle.connect_drag_end(|_, _| gtk::main_quit());
        window.show_all();
        // Said once it has been drawn: before that there is nothing to take hold of.
        gtk::glib::idle_add_local_once(|| say("ready"));
        gtk::main();
    }
}
