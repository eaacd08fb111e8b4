from gan_runner.data.containers.class_folders import folder_names


def test_labels_become_names_of_folders():
    assert folder_names(["a/b", "a_b", ".x", "", None, 3]) == ("a_b", "a_b_", "_x", "_", "", "3")
