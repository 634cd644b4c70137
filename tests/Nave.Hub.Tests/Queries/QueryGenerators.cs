using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Nave.Hub.Queries.Tests;

/// <summary>Makes random trees and documents. Names and values come from small sets, so that they often meet.</summary>
internal static class QueryGenerators
{
    // Twice what documents often have, once what is odd.
    private static readonly string[] s_names = ["a", "a", "b", "b", "$version", "my name", "x-y", "7up", "in", "ü"];
    private static readonly string[] s_roots = ["tags", "tags", "tags", "tags", "deviceId", "deviceId", "status", "status", "select", "a b", "top"];
    private static readonly string[] s_strings =
    [
        "a", "a", "a", "b", "b", "ab", "ab", "rome", "enabled", "", "it's", "\"q\"", @"back\slash", "1", "12.5", "ünïcode 𐍈", "tab\t", "\u0000",
        new('l', 200),
    ];

    private static readonly double[] s_doubles =
        [0.5, -2.25, 1e300, -1e300, 5e-324, 9007199254740993.0, 9.223372036854775807E18, 1.8446744073709552E19, 0.1];

    private static readonly long[] s_integers =
        [0, 1, 1, 1, 2, 2, -1, 7, 100, long.MaxValue, long.MinValue, 9007199254740992, 9007199254740993];

    /// <summary>Gets random expressions.</summary>
    public static Gen<Expression> Expressions => Gen.Sized(size => Expression(Math.Min(size / 8, 6)));

    /// <summary>Gets conditions of the kind that people write: comparisons, lists and prefixes joined by AND, OR and NOT.</summary>
    public static Gen<Expression> Conditions => Gen.Sized(size => Condition(Math.Min(size / 12, 3)));

    /// <summary>Gets random queries.</summary>
    public static Gen<QueryStatement> Statements =>
        from top in Gen.OneOf(Gen.Constant((int?)null), Gen.Choose(1, 1000).Select(n => (int?)n))
        from items in Items()
        from condition in Gen.OneOf(Gen.Constant((Expression?)null), Expressions.Select(e => (Expression?)e))
        from source in Gen.Elements(QuerySource.Devices, QuerySource.Modules)
        let groupBy = items.Any(item => item.Aggregate is not null)
            ? items.Where(item => item.Aggregate is null).Select(item => item.Path!) // Columns without aggregate have one.
            : []
        select new QueryStatement(top, new ValueList<SelectItem>(items), source, condition, new ValueList<QueryPath>(groupBy));

    /// <summary>Gets random documents: device ids, status and nested tags.</summary>
    public static Gen<string> Documents =>
        from id in Gen.Elements("a", "b", "ab", "rome")
        from status in Gen.Elements("\"enabled\"", "\"a\"", "null", "1")
        from a in Gen.OneOf(Gen.Elements("\"a\"", "\"\\u0061b\"", "1", "1.0", "true"), Gen.Elements("\"a\"", "\"b\""), Json(2))
        from b in Gen.OneOf(Gen.Elements("\"b\"", "\"rome\"", "1e0", "null"), Gen.Elements("\"b\"", "\"ab\""), Json(0))
        from tags in Json(3)
        from isPlain in Gen.Elements(true, true, false)
        let known = isPlain ? $$"""{ "a" : {{a}} , "skip" : [{ "a" : "]" }], "b":{{b}},"ü":{{a}}}""" : tags
        select $$"""{"deviceId":"{{id}}","status":{{status}},"skipped":{"tags":[1,{"a":"}"}]},"tags":{{known}},"select":true}""";

    private static Gen<QueryPath> Paths =>
        from root in Gen.Elements(s_roots)
        from rest in root == "tags"
            ? Gen.Elements(1, 1, 1, 2, 2, 3).SelectMany(Segments.ListOf)
            : Gen.Elements(0, 0, 0, 0, 1).SelectMany(Segments.ListOf)
        select new QueryPath(new ValueList<PathSegment>([PathSegment.Property(root), .. rest]));

    private static Gen<PathSegment> Segments =>
        from name in Gen.Elements(s_names)
        from index in Gen.Choose(-9, 2)
        select index < 0 ? PathSegment.Property(name) : PathSegment.Element(index);

    private static Gen<Expression> Literals => Gen.OneOf(
        Gen.Elements(s_strings).Select(Expression (value) => new StringLiteral(value)),
        Gen.Elements(s_integers).Select(Expression (value) => new NumberLiteral(QueryNumber.Of(value))),
        Gen.Elements(s_doubles).Select(Expression (value) => new NumberLiteral(QueryNumber.Of(value))),
        Gen.Elements<Expression>(new BooleanLiteral(true), new BooleanLiteral(false), new NullLiteral(), new UndefinedLiteral()));

    private static Gen<Expression> Leaves => Gen.OneOf(Literals, Paths.Select(Expression (path) => new PathExpression(path)));

    // What people write most, and what plans are made of.
    private static Gen<Expression> SimpleComparisons =>
        from op in Gen.Elements(Enum.GetValues<BinaryOperator>().Where(op => op <= BinaryOperator.GreaterOrEqual))
        from path in Paths
        from literal in Literals
        from isReversed in Gen.Elements(true, false, false)
        let left = new PathExpression(path)
        select (Expression)(isReversed ? new BinaryExpression(op, literal, left) : new BinaryExpression(op, left, literal));

    private static Gen<Expression> LikelyPaths =>
        Gen.Elements(QueryPath.Of("tags", "a"), QueryPath.Of("tags", "b"), QueryPath.Of("deviceId"), QueryPath.Of("status"))
            .Select(Expression (path) => new PathExpression(path));

    private static Gen<Expression> LikelyLiterals => Gen.OneOf(
        Gen.Elements("a", "b", "ab", "rome", "enabled").Select(Expression (value) => new StringLiteral(value)),
        Gen.Elements("a", "b", "ab", "rome").Select(Expression (value) => new StringLiteral(value)),
        Gen.Elements<Expression>(new NumberLiteral(QueryNumber.Of(1)), new BooleanLiteral(true), new NullLiteral()),
        Literals);

    private static Gen<Expression> LikelyComparisons =>
        from op in Gen.Elements(BinaryOperator.Equal, BinaryOperator.Equal, BinaryOperator.Equal, BinaryOperator.NotEqual, BinaryOperator.Less)
        from path in LikelyPaths
        from literal in LikelyLiterals
        select (Expression)new BinaryExpression(op, path, literal);

    private static Gen<Expression> LikelyLists =>
        from path in LikelyPaths
        from elements in Gen.Choose(1, 6).SelectMany(LikelyLiterals.ListOf)
        from negated in Gen.Elements(true, false, false)
        select (Expression)new InExpression(path, new ValueList<Expression>(elements), negated);

    private static Gen<Expression> LikelyPrefixes =>
        from path in LikelyPaths
        from prefix in Gen.Elements("", "a", "b", "ro", "ab")
        select (Expression)new FunctionExpression(
            QueryFunction.StartsWith, new ValueList<Expression>([path, new StringLiteral(prefix)]));

    private static Gen<Expression> Condition(int depth)
    {
        var simple = Gen.OneOf(LikelyComparisons, LikelyLists, LikelyPrefixes);
        if (depth <= 0)
        {
            return simple;
        }

        var inner = Gen.OneOf(simple, Condition(depth - 1));
        var joined =
            from op in Gen.Elements(LogicalOperator.And, LogicalOperator.Or)
            from operands in Gen.Choose(2, 3).SelectMany(inner.ListOf)
            select (Expression)new LogicalExpression(op, new ValueList<Expression>(operands));
        var negated = inner.Select(Expression (operand) => new UnaryExpression(UnaryOperator.Not, operand));
        return Gen.OneOf(joined, joined, joined, negated);
    }

    private static Gen<Expression> Expression(int depth)
    {
        if (depth <= 0)
        {
            return Gen.OneOf(Leaves, SimpleComparisons);
        }

        var inner = Gen.OneOf(Leaves, SimpleComparisons, Expression(depth - 1));
        var comparison =
            from op in Gen.Elements(Enum.GetValues<BinaryOperator>())
            from left in inner
            from right in inner
            select (Expression)new BinaryExpression(op, left, right);
        var logical =
            from op in Gen.Elements(LogicalOperator.And, LogicalOperator.Or)
            from operands in inner.ListOf(2)
            from more in Gen.Choose(0, 1).SelectMany(inner.ListOf)
            select (Expression)new LogicalExpression(op, new ValueList<Expression>([.. operands, .. more]));
        var membership =
            from operand in inner
            from elements in Gen.Choose(1, 4).SelectMany(Literals.ListOf)
            from negated in Gen.Elements(true, false)
            select (Expression)new InExpression(operand, new ValueList<Expression>(elements), negated);
        var function =
            from signature in Gen.Elements(Enum.GetValues<QueryFunction>()).Select(FunctionTable.Get)
            from count in Gen.Choose(signature.MinArguments, Math.Min(signature.MaxArguments, 3))
            from arguments in inner.ListOf(count)
            select (Expression)new FunctionExpression(signature.Function, new ValueList<Expression>(arguments));
        var unary =
            from op in Gen.Elements(UnaryOperator.Not, UnaryOperator.Minus)
            from operand in inner
            select (Expression)new UnaryExpression(op, operand);
        return Gen.OneOf(SimpleComparisons, comparison, logical, logical, membership, function, unary);
    }

    private static Gen<IReadOnlyList<SelectItem>> Items() =>
        from paths in Gen.Choose(0, 3).SelectMany(Paths.ListOf)
        from aggregates in Gen.Choose(0, 3).SelectMany(
            Gen.Elements<AggregateFunction?>(null, null, AggregateFunction.Count, AggregateFunction.Max).ListOf)
        select (IReadOnlyList<SelectItem>)[.. paths.Select((path, i) => new SelectItem(
            i < aggregates.Count ? aggregates[i] : null, path, string.Create(CultureInfo.InvariantCulture, $"column {i}")))];

    private static Gen<string> Json(int depth)
    {
        var scalar = Gen.OneOf(
            Gen.Elements(s_strings).Select(value => System.Text.Json.JsonSerializer.Serialize(value)),
            Gen.Elements(s_integers).Select(value => value.ToString(CultureInfo.InvariantCulture)),
            Gen.Elements(s_doubles).Select(value => value.ToString("R", CultureInfo.InvariantCulture)),
            Gen.Elements("1.0", "1e0", "-0", "12.50", "true", "false", "null"));
        if (depth <= 0)
        {
            return scalar;
        }

        var inner = Json(depth - 1);
        var properties =
            from names in Gen.Shuffle(s_names.Distinct().ToArray())
            from values in Gen.Choose(0, 5).SelectMany(inner.ListOf)
            select $"{{ {string.Join(" , ", values.Select((value, i) => $"{System.Text.Json.JsonSerializer.Serialize(names[i])} : {value}"))} }}";
        var elements = Gen.Choose(0, 3).SelectMany(inner.ListOf).Select(values => $"[{string.Join(",", values)}]");
        return Gen.OneOf(properties, properties, elements, scalar);
    }
}
