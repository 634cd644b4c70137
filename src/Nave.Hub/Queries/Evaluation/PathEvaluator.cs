namespace Nave.Hub.Queries;

/// <summary>A path.</summary>
internal sealed class PathEvaluator(QueryPath path, int slot) : Evaluator
{
    /// <inheritdoc/>
    public override QueryValue Evaluate(IQueryRow row) => row.Read(path, slot);
}
