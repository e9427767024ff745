"""Train a small neural network to read digits, reporting after each epoch."""

import argparse
import json
from pathlib import Path

import joblib
import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss
from sklearn.neural_network import MLPClassifier

DIGITS = np.arange(10)


def load(name: str) -> np.ndarray:
    """Read the one file of an input."""
    (path,) = Path("/valohai/inputs", name).iterdir()
    return np.load(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--learning_rate", type=float, required=True)
    parser.add_argument("--hidden_units", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()

    train_images, train_labels = load("train-images"), load("train-labels")
    test_images, test_labels = load("test-images"), load("test-labels")

    model = MLPClassifier(
        hidden_layer_sizes=(arguments.hidden_units,),
        learning_rate_init=arguments.learning_rate,
        random_state=arguments.seed,
    )
    for epoch in range(1, arguments.epochs + 1):
        model.partial_fit(train_images, train_labels, classes=DIGITS)
        probability = model.predict_proba(test_images)
        metrics = {
            "epoch": epoch,
            "train_loss": round(float(model.loss_), 5),
            "test_loss": round(float(log_loss(test_labels, probability, labels=DIGITS)), 5),
            "accuracy": round(float(accuracy_score(test_labels, probability.argmax(axis=1))), 5),
        }
        # Flushed, so that the curve grows while the training runs.
        print(json.dumps(metrics), flush=True)

    confusion = confusion_matrix(test_labels, model.predict(test_images), labels=DIGITS)
    print(json.dumps({"confusion": confusion.tolist()}))
    joblib.dump(model, "/valohai/outputs/model.joblib")
    print(f"Read {np.trace(confusion)} of {len(test_labels)} test images rightly.")


if __name__ == "__main__":
    main()
