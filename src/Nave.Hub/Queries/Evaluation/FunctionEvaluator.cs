namespace Nave.Hub.Queries;

/// <summary>A call of a function.</summary>
internal sealed class FunctionEvaluator(QueryFunction function, Evaluator[] arguments) : Evaluator
{
    /// <inheritdoc/>
    public override QueryValue Evaluate(IQueryRow row)
    {
        if (function == QueryFunction.Concat)
        {
            return StringFunctions.Concat(arguments, row);
        }

        var x = arguments[0].Evaluate(row);
        var y = arguments.Length > 1 ? arguments[1].Evaluate(row) : QueryValue.Undefined;
        return function switch
        {
            QueryFunction.IsDefined => QueryValue.Of(x.Kind != QueryValueKind.Undefined),
            QueryFunction.IsNull => QueryValue.Of(x.Kind == QueryValueKind.Null),
            QueryFunction.IsString => QueryValue.Of(x.Kind == QueryValueKind.String),
            QueryFunction.IsNumber => QueryValue.Of(x.Kind == QueryValueKind.Number),
            QueryFunction.IsBool => QueryValue.Of(x.Kind == QueryValueKind.Boolean),
            QueryFunction.IsArray => QueryValue.Of(x.Kind == QueryValueKind.Array),
            QueryFunction.IsObject => QueryValue.Of(x.Kind == QueryValueKind.Object),
            QueryFunction.IsPrimitive => QueryValue.Of(x.IsPrimitive),
            QueryFunction.AsNumber => MathFunctions.AsNumber(x),
            QueryFunction.Power => MathFunctions.Power(x, y),
            QueryFunction.StartsWith => StringFunctions.StartsWith(x, y),
            QueryFunction.EndsWith => StringFunctions.EndsWith(x, y),
            QueryFunction.Contains => StringFunctions.Contains(x, y),
            QueryFunction.IndexOf => StringFunctions.IndexOf(x, y),
            QueryFunction.Substring => Substring(row, x, y),
            QueryFunction.Length => StringFunctions.Length(x),
            QueryFunction.Lower => StringFunctions.Lower(x),
            QueryFunction.Upper => StringFunctions.Upper(x),
            _ => MathFunctions.Apply(function, x),
        };
    }

    private QueryValue Substring(IQueryRow row, in QueryValue text, in QueryValue start) => arguments.Length > 2
        ? StringFunctions.Substring(text, start, arguments[2].Evaluate(row))
        : StringFunctions.Substring(text, start, QueryValue.Of(QueryNumber.Of(int.MaxValue)));
}
