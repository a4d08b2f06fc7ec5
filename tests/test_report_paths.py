"""Tests of `peaktrade_ops.report_paths`: section 2 of the contract."""

from __future__ import annotations

import errno
import os
import re
import shutil
from pathlib import Path

import pytest

from peaktrade_ops import hosting, report_paths
from peaktrade_ops.errors import ReportsError
from peaktrade_ops.hosting import stand_in
from peaktrade_ops.report_paths import (
    REPORTS_DIR_VARIABLE,
    cannot_use,
    ensure_dir,
    get_repo_root,
    get_reports_root,
    is_repo_root,
)

MODULE_REPO = Path(report_paths.__file__).resolve()


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset the variable in every test."""
    monkeypatch.delenv(REPORTS_DIR_VARIABLE, raising=False)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a repo, change to a sub-folder of it, and return its root."""
    root = tmp_path.resolve() / "repo"
    (root / "sub" / "folder").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    monkeypatch.chdir(root / "sub" / "folder")
    return root


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a home folder and return it."""
    folder = tmp_path.resolve() / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder and remove it."""
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()


# --- the repo root -------------------------------------------------------------------------------


@pytest.mark.parametrize("marker", ["pyproject.toml", "uv.lock", ".git"])
def test_a_repo_root_is_a_folder_with_one_of_the_marks(tmp_path: Path, marker: str) -> None:
    """Each of the three markers alone makes a folder the root of a repo."""
    assert not is_repo_root(tmp_path)

    (tmp_path / marker).touch()

    assert is_repo_root(tmp_path)
    assert get_repo_root(tmp_path) == tmp_path.resolve()


def test_the_mark_git_may_be_a_folder(tmp_path: Path) -> None:
    """A folder `.git` is a marker, as in an ordinary clone."""
    (tmp_path / ".git").mkdir()

    assert get_repo_root(tmp_path) == tmp_path.resolve()


def test_the_mark_git_may_be_the_file_of_a_worktree(tmp_path: Path) -> None:
    """A file `.git` is a marker, as in a worktree inside another repo."""
    (tmp_path / ".git").mkdir()
    worktree = tmp_path / "trees" / "feature"
    worktree.mkdir(parents=True)
    (worktree / ".git").write_text("gitdir: ../../.git/worktrees/feature\n")

    assert get_repo_root(worktree) == worktree.resolve()


def test_the_repo_root_is_found_from_a_sub_folder(repo: Path) -> None:
    """The search goes upward from the current directory, or from the folder that is given."""
    assert get_repo_root() == repo
    assert get_repo_root(repo / "sub") == repo


def test_the_nearest_root_wins(repo: Path) -> None:
    """The inner repo is found in a repo inside a repo."""
    inner = repo / "sub"
    (inner / "uv.lock").touch()

    assert get_repo_root() == inner


@pytest.mark.parametrize("start", ["sub", Path("sub"), "./sub/../sub"])
def test_a_relative_start_is_relative_to_the_current_directory(
    repo: Path, monkeypatch: pytest.MonkeyPatch, start: str | Path
) -> None:
    """The start may be a string or a path, and `..` is resolved."""
    monkeypatch.chdir(repo)
    (repo / "sub" / ".git").touch()

    assert get_repo_root(start) == repo / "sub"


def test_the_start_may_be_a_file_or_not_exist(repo: Path) -> None:
    """Only the folders above the start matter."""
    assert get_repo_root(repo / "pyproject.toml") == repo
    assert get_repo_root(repo / "not" / "there") == repo


def test_the_start_is_resolved_before_the_search(tmp_path: Path) -> None:
    """A link leads to the repo that contains its target."""
    target = tmp_path / "repo" / "sub"
    target.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    link = tmp_path / "link"
    link.symlink_to(target)

    assert get_repo_root(link) == (tmp_path / "repo").resolve()


def test_a_broken_link_is_no_mark(tmp_path: Path) -> None:
    """A link without a target is not a marker."""
    (tmp_path / ".git").symlink_to(tmp_path / "nothing")

    assert not is_repo_root(tmp_path)


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_may_not_be_looked_into_has_no_marks(tmp_path: Path) -> None:
    """The search continues above a folder without permission."""
    (tmp_path / ".git").mkdir()
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / ".git").mkdir()
    closed.chmod(0)

    found = get_repo_root(closed / "sub")
    closed.chmod(0o700)

    assert found == tmp_path.resolve()


def unmarked(monkeypatch: pytest.MonkeyPatch, *hidden: Path) -> None:
    """Hide the markers of all folders above `hidden`."""
    real = report_paths.is_repo_root

    def elsewhere(folder: Path) -> bool:
        return real(folder) and not any(path.is_relative_to(folder) for path in hidden)

    monkeypatch.setattr(report_paths, "is_repo_root", elsewhere)


def test_without_a_mark_above_the_start_the_repo_of_the_module_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout that is used from outside writes to its own `reports`."""
    checkout = tmp_path.resolve() / "checkout"
    module = checkout / "src" / "package" / "report_paths.py"
    module.parent.mkdir(parents=True)
    monkeypatch.setattr(report_paths, "is_repo_root", lambda folder: folder == checkout)
    monkeypatch.setattr(report_paths, "__file__", str(module))
    monkeypatch.chdir(tmp_path)

    assert get_repo_root() == checkout
    assert get_repo_root(tmp_path) == checkout


def test_without_any_mark_the_current_directory_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed program outside of any repo writes to the current directory."""
    unmarked(monkeypatch, tmp_path.resolve(), MODULE_REPO)
    monkeypatch.chdir(tmp_path)

    assert get_repo_root() == tmp_path.resolve()
    assert get_repo_root("/") == tmp_path.resolve()
    assert get_reports_root() == tmp_path.resolve() / "reports"


@pytest.mark.usefixtures("nowhere")
def test_a_current_directory_that_is_gone_is_an_error_that_says_so() -> None:
    """If the current directory is needed and removed, the message has a hint."""
    match = "the current directory no longer exists; change to one that does"
    with pytest.raises(ReportsError, match=match):
        get_repo_root()
    with pytest.raises(ReportsError, match=match):
        get_repo_root("sub")
    with pytest.raises(ReportsError, match=match):
        get_reports_root()
    with pytest.raises(ReportsError, match=match):
        get_reports_root(override="relative")


@pytest.mark.usefixtures("nowhere")
def test_absolute_paths_need_no_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An absolute folder works even if the current directory is removed."""
    root = tmp_path.resolve()
    (root / ".git").mkdir()

    assert get_reports_root(override=root / "out") == root / "out"
    assert get_repo_root(root) == root
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, str(root / "variable"))
    assert get_reports_root() == root / "variable"


# --- the reports root: who decides ---------------------------------------------------------------


def test_by_default_reports_go_under_the_repo_root(repo: Path) -> None:
    """The default is `reports` in the repo, also from a sub-folder."""
    assert get_reports_root() == repo / "reports"


def test_the_variable_takes_the_place_of_the_default(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An absolute `PEAK_REPORTS_DIR` is used as it is."""
    elsewhere = tmp_path.resolve() / "elsewhere"
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, str(elsewhere))

    assert get_reports_root() == elsewhere
    assert get_reports_root("ignored") == elsewhere
    assert not elsewhere.is_relative_to(repo)


def test_the_override_beats_the_variable_and_the_default(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--reports-root` has the highest priority."""
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, str(repo / "variable"))
    chosen = tmp_path.resolve() / "chosen"

    assert get_reports_root(override=chosen) == chosen
    assert get_reports_root(override=str(chosen)) == chosen
    assert get_reports_root("ignored", override=chosen) == chosen


def test_a_relative_variable_is_relative_to_the_repo_root(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder does not depend on the current directory inside the repo."""
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, "var/out")

    assert get_reports_root() == repo / "var" / "out"
    monkeypatch.chdir(repo)
    assert get_reports_root() == repo / "var" / "out"


def test_a_relative_override_is_relative_to_the_current_directory(repo: Path) -> None:
    """A relative option means the same as for any other command."""
    assert get_reports_root(override="var/out") == repo / "sub" / "folder" / "var" / "out"
    assert get_reports_root(override=".") == repo / "sub" / "folder"


def test_the_relative_default_can_be_another(repo: Path) -> None:
    """The caller can give a default relative to the repo root."""
    assert get_reports_root("artifacts/out") == repo / "artifacts" / "out"
    assert get_reports_root(default_rel="artifacts") == repo / "artifacts"


def test_the_default_can_be_absolute(repo: Path, tmp_path: Path) -> None:
    """An absolute default is used as it is."""
    assert get_reports_root(str(tmp_path.resolve() / "out")) == tmp_path.resolve() / "out"
    assert repo.is_dir()


@pytest.mark.parametrize("blank", ["", " ", "\t", " \n "])
def test_a_blank_value_counts_as_not_given(
    repo: Path, monkeypatch: pytest.MonkeyPatch, blank: str
) -> None:
    """An empty variable or option counts as not given, and the next source is used."""
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, blank)
    assert get_reports_root() == repo / "reports"
    assert get_reports_root(override=blank) == repo / "reports"

    monkeypatch.setenv(REPORTS_DIR_VARIABLE, "variable")
    assert get_reports_root(override=blank) == repo / "variable"
    assert get_reports_root(override=None) == repo / "variable"


def test_nothing_is_made_by_asking(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reports root need not exist, and the call does not create it."""
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, "variable")
    before = sorted(repo.rglob("*"))

    get_reports_root()
    get_reports_root(override="override")

    assert sorted(repo.rglob("*")) == before


# --- the reports root: how a path is read --------------------------------------------------------


def test_the_home_folder_is_expanded(
    repo: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `~` that no shell has expanded means the home folder."""
    assert get_reports_root(override="~/out") == home / "out"
    assert get_reports_root(override="~") == home
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, "~/variable")
    assert get_reports_root() == home / "variable"
    assert not home.is_relative_to(repo)


@pytest.mark.usefixtures("repo")
def test_an_unknown_home_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """`~user` of an unknown user is an error, and not a folder of that name."""
    match = re.escape("the home folder of '~no-such-user-here/out' is not known; give the path")
    with pytest.raises(ReportsError, match=match):
        get_reports_root(override="~no-such-user-here/out")
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, "~no-such-user-here/out")
    with pytest.raises(ReportsError, match=match):
        get_reports_root()


def test_a_tilde_elsewhere_is_an_ordinary_character(repo: Path) -> None:
    """A `~` means a home folder only at the beginning."""
    assert get_reports_root(override="a/~/b~") == repo / "sub" / "folder" / "a" / "~" / "b~"


@pytest.mark.parametrize(
    "name",
    ["with space", "a  b", "Grüße", "報告", "a\u0301", "emoji 🚀", "per%cent", "$HOME", "-x"],
)
def test_unusual_names_are_left_as_they_are(
    repo: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Spaces, Unicode of any form and punctuation are part of the name."""
    assert get_reports_root(override=name).name == name
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, name)
    assert get_reports_root() == repo / name
    assert ensure_dir(get_reports_root()).is_dir()
    assert name in {path.name for path in repo.iterdir()}


def test_a_name_that_is_no_unicode_is_left_as_it_is(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name with bytes that are not UTF-8 is used as it is."""
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, os.fsdecode(b"r\xe9ports"))

    assert os.fsencode(get_reports_root()) == os.fsencode(repo) + b"/r\xe9ports"


def test_windows_separators_are_left_alone(repo: Path) -> None:
    """A backslash is an ordinary character of a name."""
    assert get_reports_root(override="C:\\reports\\out").name == "C:\\reports\\out"
    assert get_reports_root(override="a\\b").parent == repo / "sub" / "folder"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("../out", "out"),
        ("../../../aside", "../../aside"),
        ("./a/./b//c/", "sub/a/b/c"),
        ("a/../b", "sub/b"),
    ],
)
def test_dots_are_resolved(
    repo: Path, monkeypatch: pytest.MonkeyPatch, given: str, expected: str
) -> None:
    """The reports root is absolute without `.` or `..`, also outside of the repo."""
    monkeypatch.chdir(repo / "sub")

    assert get_reports_root(override=given) == Path(os.path.normpath(repo / expected))


def test_a_variable_may_leave_the_repo(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`..` in the variable starts at the repo root."""
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, "../aside")

    assert get_reports_root() == repo.parent / "aside"


def test_links_are_followed(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reports root is the target of a link, which need not exist."""
    (repo / "link").symlink_to("target")
    (repo / "chain").symlink_to("link")

    assert get_reports_root("link") == repo / "target"
    assert get_reports_root("chain/below") == repo / "target" / "below"
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, "chain")
    assert get_reports_root() == repo / "target"
    assert ensure_dir(get_reports_root()) == repo / "target"


def test_dots_behind_a_link_go_up_from_its_target(repo: Path) -> None:
    """`link/..` is the parent of the target, as for the operating system."""
    (repo / "a" / "b").mkdir(parents=True)
    (repo / "link").symlink_to("a/b")

    assert get_reports_root("link/../out") == repo / "a" / "out"


@pytest.mark.parametrize("rest", ["", "/below", "/below/deeper"])
def test_links_in_a_circle_are_an_error_that_says_so(
    repo: Path, monkeypatch: pytest.MonkeyPatch, rest: str
) -> None:
    """A loop of links is an error in every version of Python."""
    (repo / "a").symlink_to("b")
    (repo / "b").symlink_to("a")

    with pytest.raises(ReportsError, match="cannot be resolved; its symbolic links lead in a"):
        get_reports_root(override=repo / f"a{rest}")
    monkeypatch.setenv(REPORTS_DIR_VARIABLE, f"a{rest}")
    with pytest.raises(ReportsError, match="lead in a circle"):
        get_reports_root()
    with pytest.raises(ReportsError, match="lead in a circle"):
        get_repo_root(repo / f"b{rest}")


def test_three_functions_are_public() -> None:
    """The module exports the functions that other programs import, and nothing else."""
    public: dict[str, object] = {}
    exec("from peaktrade_ops.report_paths import *", public)  # noqa: S102 (a star needs a module)
    public.pop("__builtins__")

    assert public == {
        "ensure_dir": ensure_dir,
        "get_repo_root": get_repo_root,
        "get_reports_root": get_reports_root,
    }


# --- making the folder ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, Path])
def test_a_folder_is_made_with_its_parents(tmp_path: Path, kind: type[str | Path]) -> None:
    """The folder exists after the call, which returns a `Path`."""
    folder = tmp_path / "a" / "b c" / "ü"

    assert ensure_dir(kind(folder)) == folder
    assert folder.is_dir()


def test_the_names_of_new_folders_are_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a loss of power the reports are still there, not only their folder without a name."""
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(os.fstat(handle).st_ino))
    (tmp_path / "there").mkdir()

    ensure_dir(tmp_path / "there" / "a" / "b")
    ensure_dir(tmp_path / "there" / "a" / "b")

    around = [tmp_path / "there" / "a", tmp_path / "there"]
    assert flushed == [folder.stat().st_ino for folder in around]


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_around_that_cannot_be_read_is_no_error(tmp_path: Path) -> None:
    """Its names cannot be flushed, but it can be written."""
    (tmp_path / "dark").mkdir(mode=0o300)

    assert ensure_dir(tmp_path / "dark" / "a").is_dir()


def test_a_disk_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder may be gone after a loss of power, and the reports with it."""

    def fail(_handle: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(ReportsError, match="cannot be made: Input/output error"):
        ensure_dir(tmp_path / "a")


def test_making_a_folder_twice_changes_nothing(tmp_path: Path) -> None:
    """An existing folder keeps its content."""
    folder = ensure_dir(tmp_path / "reports")
    folder.chmod(0o750)
    (folder / "kept.txt").write_text("kept")

    assert ensure_dir(folder) == folder
    assert (folder / "kept.txt").read_text() == "kept"
    assert folder.stat().st_mode & 0o777 == 0o750


def test_a_relative_folder_is_given_back_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call returns the same relative path."""
    monkeypatch.chdir(tmp_path)

    assert ensure_dir("a/b") == Path("a/b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_link_to_a_folder_is_a_folder(tmp_path: Path) -> None:
    """A link to a folder is accepted."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to("disk")

    assert ensure_dir(tmp_path / "link") == tmp_path / "link"


@pytest.mark.parametrize("below", ["", "obs", "obs/stage1"])
def test_a_file_in_the_way_is_named(tmp_path: Path, below: str) -> None:
    """The message names the folder, the blocking file, the user and the owner."""
    blocker = tmp_path / "reports"
    blocker.touch()
    folder = blocker / below

    with pytest.raises(ReportsError) as caught:
        ensure_dir(folder)

    assert str(caught.value) == (
        f"reports folder {folder} cannot be made: {blocker} is a file, not a folder"
        f" (running as uid {os.geteuid()}, {blocker} belongs to uid {blocker.stat().st_uid});"
        " choose another reports root"
    )
    assert blocker.is_file()


def test_a_broken_link_in_the_way_is_an_error(tmp_path: Path) -> None:
    """A link without a target is an error, and its target is not created."""
    (tmp_path / "link").symlink_to(tmp_path / "nothing")

    said = "cannot be made: .*link is a symbolic link that leads nowhere .*; repair or remove"
    with pytest.raises(ReportsError, match=said):
        ensure_dir(tmp_path / "link")

    assert not (tmp_path / "nothing").exists()


def test_a_circle_in_the_way_is_an_error(tmp_path: Path) -> None:
    """A loop of links is an error."""
    (tmp_path / "a").symlink_to("a")

    said = "cannot be made: .*/a is a symbolic link that leads in a circle .*; repair or remove"
    with pytest.raises(ReportsError, match=said):
        ensure_dir(tmp_path / "a")
    with pytest.raises(ReportsError, match=said):
        ensure_dir(tmp_path / "a" / "b")


def test_a_name_that_is_too_long_is_an_error(tmp_path: Path) -> None:
    """The message contains the reason of the file system."""
    with pytest.raises(ReportsError, match="cannot be made: File name too long"):
        ensure_dir(tmp_path / ("n" * 300) / "below")


def test_without_permission_the_message_says_who_and_whose(
    tmp_path: Path, unprivileged: int
) -> None:
    """The message names the path, the user id of the process, and the owner of the folder."""
    parent = tmp_path / "closed"
    parent.mkdir(mode=0o500)
    folder = parent / "reports" / "obs"

    with pytest.raises(ReportsError) as caught:
        ensure_dir(folder)

    assert str(caught.value) == (
        f"reports folder {folder} cannot be made: Permission denied"
        f" (running as uid {unprivileged}, {parent} belongs to uid"
        f" {unprivileged}{stand_in(unprivileged)});"
        " choose another reports root, or make this folder writable for this user"
    )
    assert list(parent.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (
            errno.EACCES,
            "set fsGroup, or runAsUser to its owner, in the securityContext of the pod",
        ),
        (errno.EPERM, "set fsGroup, or runAsUser to its owner, in the securityContext of the pod"),
        (errno.EROFS, "mount its volume without readOnly"),
        (errno.ENOSPC, "make room"),
    ],
)
def test_in_a_pod_the_message_speaks_of_its_security_context(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    """A user of Kubernetes changes the pod, not the folder."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")

    error = cannot_use(tmp_path, "cannot be written", OSError(number, os.strerror(number)))

    assert error.hint == f"choose another reports root, or {remedy}"


def test_an_owner_outside_of_the_user_namespace_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id that the kernel shows for such an owner is not the id of the owner."""
    (tmp_path / "uid_map").write_text("0 100000 65536\n")
    (tmp_path / "overflowuid").write_text(f"{tmp_path.stat().st_uid}\n")
    monkeypatch.setattr(hosting, "_USERS", tmp_path / "uid_map")
    monkeypatch.setattr(hosting, "_OVERFLOW", tmp_path / "overflowuid")

    error = cannot_use(tmp_path, "cannot be written", PermissionError(errno.EACCES, "no"))

    assert "which stands for every user who has no id in this user namespace)" in error.message


def test_below_a_folder_that_may_not_be_entered_the_message_says_the_same(
    tmp_path: Path, unprivileged: int
) -> None:
    """Without permission to search, the message names the nearest visible folder."""
    parent = tmp_path / "closed"
    parent.mkdir()
    parent.chmod(0)
    folder = parent / "reports"

    with pytest.raises(ReportsError) as caught:
        ensure_dir(folder)
    parent.chmod(0o700)

    assert (
        f"{folder} cannot be made: Permission denied (running as uid {unprivileged},"
        f" {parent} belongs to uid {unprivileged})"
    ) in str(caught.value)


def test_where_nothing_can_be_seen_no_owner_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has no owner if every call to the file system fails."""

    def refused(_path: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    folder = tmp_path / "reports"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", refused)
        error = cannot_use(folder, "cannot be written", PermissionError(13, "Permission denied"))

    assert error.message == (
        f"reports folder {folder} cannot be written: Permission denied"
        f" (running as uid {os.geteuid()})"
    )


def test_a_pipe_in_the_way_is_named_like_a_file(tmp_path: Path) -> None:
    """To make the place writable would not help."""
    blocker = tmp_path / "pipe"
    os.mkfifo(blocker)

    with pytest.raises(ReportsError) as caught:
        ensure_dir(blocker / "obs")

    assert f"cannot be made: {blocker} is a file, not a folder" in str(caught.value)


def test_reports_errors_can_be_caught_as_os_errors(tmp_path: Path) -> None:
    """Callers of path functions expect an `OSError`."""
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match="is a file, not a folder"):
        ensure_dir(tmp_path / "file")


def test_a_root_that_was_removed_is_made_again(tmp_path: Path) -> None:
    """A second call creates the folder again."""
    folder = ensure_dir(tmp_path / "reports" / "obs")
    shutil.rmtree(tmp_path / "reports")

    assert ensure_dir(folder).is_dir()
