using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Events;
using Nave.Fleet.Replication.Folding;
using Nave.Fleet.Tests.Replication.Support;

namespace Nave.Fleet.Tests.Replication.Folding;

/// <summary>What one event does to one document: with generation ids as of Nave (7, 8), and without as of Azure (0).</summary>
public sealed class DocumentFoldTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_creation_makes_the_document_with_its_id(int life)
    {
        var document = Apply(null, Told.Create("d", 0, life, """{"site":"a"}"""));
        Assert.Equal(("d", 2L, false, "createDeviceIdentity", Twins.Time(0)), (document.Id, document.Version, document.IsDeleted, document.LastOperation, document.LastOperationTime));
        Assert.Equal(("AAAAAAAAAAE=", """{"site":"a"}""", """{"$version":1}"""), (document.ETag, document.Tags.ToString(), document.Desired.ToString()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_patch_merges_into_its_section_and_null_removes(int life)
    {
        var document = Apply(null, Told.Create("d", 0, life));
        document = Apply(document, Told.Update("d", 1, """{"version":3,"properties":{"desired":{"a":{"b":1,"c":2},"x":[1],"$metadata":{"a":{}},"$version":2}}}""", life));
        document = Apply(document, Told.Update("d", 2, """{"version":4,"properties":{"desired":{"a":{"b":null,"d":{"e":3,"f":null}},"y":1.50,"$metadata":{},"$version":3}}}""", life));
        Assert.True(JsonEquality.AreEqual(Api.RawJson.Parse("""{"a":{"c":2,"d":{"e":3}},"x":[1],"y":1.5,"$version":3}"""), document.Desired), document.Desired.ToString());
        Assert.Contains("1.50", document.Desired.ToString(), StringComparison.Ordinal);
        Assert.Equal(("{}", 4L, "AAAAAAAAAAM="), (document.Tags.ToString(), document.Version, document.ETag));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_change_of_tags_alone_is_one(int life)
    {
        var document = Apply(Apply(null, Told.Create("d", 0, life, """{"a":1,"b":2}""")), Told.Update("d", 1, """{"version":3,"tags":{"a":null,"c":3}}""", life));
        Assert.Equal(("""{"b":2,"c":3}""", 3L), (document.Tags.ToString(), document.Version));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Desired_and_reported_together_both_take_effect(int life)
    {
        var document = Apply(
            Apply(null, Told.Create("d", 0, life)),
            Told.Update("d", 1, """{"version":3,"tags":{"t":1},"properties":{"desired":{"a":1,"$version":2},"reported":{"b":2,"$version":2}}}""", life));
        Assert.Equal(("""{"a":1,"$version":2}""".Length, """{"b":2,"$version":2}""".Length), (document.Desired.Utf8.Length, document.Reported.Utf8.Length));
        Assert.True(JsonEquality.AreEqual(Api.RawJson.Parse("""{"b":2,"$version":2}"""), document.Reported));
        Assert.Equal("""{"t":1}""", document.Tags.ToString());
    }

    [Fact]
    public void A_change_of_reported_properties_leaves_the_etag()
    {
        var document = Apply(Apply(null, Told.Create("d", 0, 7)), Told.Update("d", 1, """{"version":3,"properties":{"reported":{"b":2,"$version":2}}}""", 7));
        Assert.Equal("AAAAAAAAAAE=", document.ETag);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_replacement_replaces(int life)
    {
        var document = Apply(Apply(null, Told.Create("d", 0, life, """{"a":1}""")), Told.Of("replaceTwin", "d", 1, Told.Whole(3, """{"b":2}""", """{"n":1,"$version":2}"""), life));
        Assert.Equal(("""{"b":2}""", """{"n":1,"$version":2}""", 3L), (document.Tags.ToString(), document.Desired.ToString(), document.Version));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void What_is_known_is_stale(int life)
    {
        var create = Told.Create("d", 0, life);
        var update = Told.Update("d", 1, """{"version":3,"tags":{"a":1}}""", life);
        var document = Apply(Apply(null, create), update);
        document = Apply(document, Told.Update("d", 2, """{"version":4,"tags":{"a":2}}""", life));
        Assert.Equal(FoldKind.Stale, DocumentFold.Apply(document, create, null).Kind);
        Assert.Equal(FoldKind.Stale, DocumentFold.Apply(document, update, null).Kind);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_version_that_does_not_follow_is_a_gap(int life)
    {
        var document = Apply(null, Told.Create("d", 0, life));
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(document, Told.Update("d", 1, """{"version":4,"tags":{"a":1}}""", life), null).Kind);
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(document, Told.Update("d", 1, """{"version":3,"properties":{"desired":{"a":1,"$version":3}}}""", life), null).Kind);
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(document, Told.Update("d", 1, """{"version":3,"properties":{"desired":{"a":1}}}""", life), null).Kind);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_change_before_its_creation_is_a_gap_and_not_dropped(int life)
    {
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(null, Told.Update("d", 1, """{"version":3,"tags":{"a":1}}""", life), null).Kind);
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(null, Told.Of("replaceTwin", "d", 1, Told.Whole(3), life), null).Kind);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void What_is_deleted_stays_deleted_whatever_comes_late(int life)
    {
        var document = Apply(Apply(null, Told.Create("d", 0, life)), Told.Delete("d", 5, life, version: 4));
        Assert.True(document.IsDeleted);
        foreach (var late in (TwinEvent[])[
            Told.Create("d", 0, life), Told.Update("d", 1, """{"version":3,"tags":{"a":1}}""", life), Told.Update("d", 2, """{"version":5,"tags":{"a":1}}""", life), Told.Delete("d", 5, life, 4)])
        {
            Assert.Equal(FoldKind.Stale, DocumentFold.Apply(document, late, null).Kind);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 8)]
    public void A_later_life_begins_anew_and_events_of_the_earlier_one_do_it_no_harm(int life, int next)
    {
        var document = Apply(null, Told.Create("d", 0, life, """{"old":1}"""));
        var deleted = Apply(document, Told.Delete("d", 5, life, version: 3));
        foreach (var before in (ReplicaDocument[])[document, deleted])
        {
            var reborn = Apply(before, Told.Create("d", 6, next));
            Assert.Equal((2L, "{}", false), (reborn.Version, reborn.Tags.ToString(), reborn.IsDeleted));
            foreach (var late in (TwinEvent[])[
                Told.Create("d", 0, life), Told.Update("d", 1, """{"version":3,"tags":{"a":1}}""", life), Told.Update("d", 2, """{"version":50,"tags":{"a":1}}""", life),
                Told.Of("replaceTwin", "d", 3, Told.Whole(9), life), Told.Delete("d", 5, life, 3)])
            {
                Assert.Equal(FoldKind.Stale, DocumentFold.Apply(reborn, late, null).Kind);
            }
        }
    }

    [Fact]
    public void A_deletion_before_its_creation_is_remembered()
    {
        var document = Apply(null, Told.Delete("d", 5, 7));
        Assert.True(document.IsDeleted);
        Assert.Equal(FoldKind.Stale, DocumentFold.Apply(document, Told.Create("d", 0, 7), null).Kind);
        Assert.False(Apply(document, Told.Create("d", 6, 8)).IsDeleted);
    }

    [Fact]
    public void At_the_same_time_nothing_is_guessed()
    {
        var document = Apply(null, Told.Create("d", 0));
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(document, Told.Delete("d", 0), null).Kind);
        var deleted = Apply(null, Told.Delete("d", 0));
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(deleted, Told.Create("d", 0), null).Kind);
    }

    [Fact]
    public void A_change_of_a_later_life_that_happens_to_fit_is_found_out()
    {
        var mixed = Apply(Apply(null, Told.Create("d", 0)), Told.Update("d", 9, """{"version":3,"tags":{"of":"the life after"}}"""));
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(mixed, Told.Delete("d", 5), null).Kind);
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(mixed, Told.Create("d", 8), null).Kind);
    }

    [Fact]
    public void Generations_are_numbers_and_not_texts()
    {
        var document = Apply(null, Told.Create("d", 0, 9));
        Assert.Equal(2, Apply(document, Told.Create("d", 1, 10)).Version);
        Assert.Equal(FoldKind.Stale, DocumentFold.Apply(Apply(document, Told.Create("d", 1, 10)), Told.Delete("d", 2, 9), null).Kind);
    }

    [Fact]
    public void A_module_of_a_device_that_is_not_known_to_live_is_read()
    {
        var device = Apply(null, Told.Create("d", 0, 7));
        Assert.Equal("d/m", DocumentFold.Apply(null, Told.Create("d/m", 1, 8), device).Document!.Id);
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(null, Told.Create("d/m", 1, 8), null).Kind);
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(null, Told.Create("d/m", 1, 8), Apply(device, Told.Delete("d", 2, 7))).Kind);
        Assert.Equal(FoldKind.Read, DocumentFold.Apply(null, Told.Create("d/m", 1, 8), Apply(device, Told.Create("d", 2, 9))).Kind);
    }

    private static ReplicaDocument Apply(ReplicaDocument? document, TwinEvent change)
    {
        var result = DocumentFold.Apply(document, change, null);
        Assert.Equal(FoldKind.Apply, result.Kind);
        return result.Document!; // Of Apply there is one.
    }
}
