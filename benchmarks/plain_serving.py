"""What serving a model by hand looks like: FastAPI over ``predict``, as tutorials have it; the folder is $MODEL."""

from __future__ import annotations

import os
from typing import Any

import mlflow
import pandas as pd
from fastapi import FastAPI

model = mlflow.sklearn.load_model(os.environ["MODEL"])
app = FastAPI()


@app.post("/invocations")
def invocations(request: dict[str, list[dict[str, Any]]]) -> dict[str, list[Any]]:
    """Answer records."""
    return {"predictions": model.predict(pd.DataFrame(request["dataframe_records"])).tolist()}
