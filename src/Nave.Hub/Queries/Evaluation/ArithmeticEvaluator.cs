namespace Nave.Hub.Queries;

/// <summary>Arithmetic on two numbers; anything else is undefined.</summary>
internal sealed class ArithmeticEvaluator(BinaryOperator op, Evaluator left, Evaluator right) : Evaluator
{
    /// <inheritdoc/>
    public override QueryValue Evaluate(IQueryRow row)
    {
        var x = left.Evaluate(row);
        var y = right.Evaluate(row);
        return x.Kind == QueryValueKind.Number && y.Kind == QueryValueKind.Number
            ? Arithmetic.Apply(op, x.Number, y.Number)
            : QueryValue.Undefined;
    }
}
