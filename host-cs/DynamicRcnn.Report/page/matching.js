// Which boxes find which ground truth: best first, each ground truth once, same class, IoU at least one half.
const leastIoU = 0.5;

function overlap(one, other) {
    const width = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
    const height = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
    if (width <= 0 || height <= 0) {
        return 0;
    }
    const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
    return (width * height) / (area(one) + area(other) - width * height);
}

/**
 * @param {number[][]} truths [x1, y1, x2, y2, class, crowd]
 * @param {number[][]} found [x1, y1, x2, y2, class, score], best first
 */
function matched(truths, found) {
    const taken = new Set();
    const boxes = found.map((box) => {
        let best = null;
        let most = leastIoU;
        truths.forEach((truth, place) => {
            const iou = overlap(box, truth);
            if (truth[4] === box[4] && !truth[5] && !taken.has(place) && iou >= most) {
                [best, most] = [place, iou];
            }
        });
        if (best !== null) {
            taken.add(best);
        }
        const inCrowd = best === null && truths.some((truth) => truth[5] && truth[4] === box[4] && overlap(box, truth) > 0);
        return { box, isCorrect: best !== null, isIgnored: inCrowd };
    });
    return { boxes, truths: truths.map((truth, place) => ({ box: truth, isFound: taken.has(place), isCrowd: Boolean(truth[5]) })) };
}
