"""Scale the images and split them into training and test sets with equal shares of each digit."""

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

# The largest value of a pixel in this data set.
WHITE = 16


def load(name: str) -> np.ndarray:
    """Read the one file of an input; NumPy unpacks .gz by itself."""
    (path,) = Path("/valohai/inputs", name).iterdir()
    return np.loadtxt(path, delimiter=",")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test_share", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()

    images = (load("images") / WHITE).astype(np.float32)
    labels = load("labels").astype(np.int64)
    print(f"Read {len(images):,} images of {images.shape[1]} pixels.")

    train_images, test_images, train_labels, test_labels = train_test_split(
        images, labels, test_size=arguments.test_share, stratify=labels, random_state=arguments.seed
    )
    np.save("/valohai/outputs/train-images.npy", train_images)
    np.save("/valohai/outputs/train-labels.npy", train_labels)
    np.save("/valohai/outputs/test-images.npy", test_images)
    np.save("/valohai/outputs/test-labels.npy", test_labels)
    print(json.dumps({"train_images": len(train_images), "test_images": len(test_images)}))


if __name__ == "__main__":
    main()
